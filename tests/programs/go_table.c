/* A table of functions as Go writes it, in the form of the version with the number MAGIC,
 * for two functions of this program, with the module that leads to it. By definitions:
 * SECTION where the table is COUNTED starts are counted from the text's, which the header
 * has unless NO_TEXT OLD as before Go 1.16 LINES the record has a line, as since Go 1.20
 * QUANTUM bytes of the shortest instruction, 1 if it is not defined RUNTIME the functions
 * have the names of two of Go's runtime FAULT_... one thing is wrong, for which no name
 * may be believed */
#define STR(x)	#x
#define TEXT(x) STR(x)

__asm__(".text\n"
	".type before, STT_FUNC\n"
	"before: nop\n"
	".size before, . - before\n"
	".balign 32\n"
	".type first, STT_FUNC\n"
	"first: nop\n"
	"	nop\n"
	".size first, 32\n"
	".balign 32\n"
	".type second, STT_FUNC\n"
	"second: nop\n"
	".balign 32\n"
	".size second, . - second\n"
	"end: nop\n");

#ifdef COUNTED
#define ITEM(function, place) "	.long " function " - first, " place " - items\n"
#define LAST		      "	.long end - first\n"
#define ENTRY(function)	      " .long " function " - first\n"
#else
#define ITEM(function, place) "	.quad " function ", " place " - " BASE "\n"
#define LAST		      "	.quad end\n"
#define ENTRY(function)	      " .quad " function "\n"
#endif

#if defined(COUNTED) && defined(NO_TEXT)
#define START "	.quad 0\n"
#elif defined(COUNTED) && defined(FAULT_HEADER)
#define START "	.quad first + 32\n"
#elif defined(COUNTED)
#define START "	.quad first\n"
#else
#define START
#endif

#ifdef OLD
#define HEAD
#define BASE	  "table"
#define NAMES	  "table"
#define PC_TABLES "table"
#define CU
#define SLICES	    "	.quad 0, 0\n"
#define MORE_SLICES "	.quad 0, 0, 0\n"
#else
#define HEAD                                                                             \
	"	.quad 0\n" START                                                         \
	"	.quad names - table, units - table, 0, tables - table, items - table\n"
#define BASE	    "items"
#define NAMES	    "names"
#define PC_TABLES   "tables"
#define CU	    ", 0"
#define SLICES	    "	.fill 15, 8, 0\n"
#define MORE_SLICES ""
#endif

#ifdef LINES
#define LINE ", 0"
#else
#define LINE
#endif

#ifndef QUANTUM
#define QUANTUM 1
#endif

#ifdef RUNTIME
#define NAME1 "runtime.mcall"
#define NAME2 "runtime.goexit"
#else
#define NAME1 "main.first"
#define NAME2 "main.(*T[...]).second"
#endif

/* funcID and flag */
#define RECORD(label, function, name, sp, marks)                                         \
	label ":" ENTRY(function) "	.long " name " - " NAMES ", 0, 0, " sp           \
				  " - " PC_TABLES ", 0, 0, 0" CU LINE "\n"               \
				  "	.byte " marks ", 0, 0\n"

#ifdef FAULT_ENTRY
#define RECORD_OF_SECOND "first"
#else
#define RECORD_OF_SECOND "second"
#endif

/* Frames of 0 bytes in the first byte of both, later of 24 and of 200. */
__asm__(".section " SECTION ",\"aw\"\n"
	".balign 32\n"
	"	.quad 1, 2, 3\n"
	"	.quad 0xfffffff1\n" /* nearly one */
	"table: .long " TEXT(
		MAGIC) "\n"
		       "	.byte 0, 0, " TEXT(
			       QUANTUM) ", 8\n"
					"	.quad 2\n" HEAD
					"items:\n" ITEM("first", "record1") ITEM(
						"second",
						"record2") LAST RECORD("record1", "first",
								       "name1", "sp1",
								       "0, 2")
						RECORD("record2", RECORD_OF_SECOND,
						       "name2", "sp2",
						       "9, 1") "tables: .byte 0\n"
							       "sp1:	.byte 2, 1, 48, "
							       "31, 0\n"
							       "sp2:	.byte 2, 1, "
							       "0x90, 3, 31, 0\n"
							       "names: .byte 0\n"
							       "name1: .asciz \"" NAME1
							       "\"\n"
							       "name2: .asciz \"" NAME2
							       "\"\n"
							       "units: .long 0\n"
							       ".text\n");

#ifdef FAULT_MODULE_TEXT
#define MODULE_TEXT "first - 32"
#elif defined(FAULT_OUTSIDE)
#define MODULE_TEXT "table"
#else
#define MODULE_TEXT "first"
#endif
#ifdef FAULT_MAXPC
#define MAXPC "end + 1"
#else
#define MAXPC "end"
#endif
#ifdef FAULT_ETEXT
#define ETEXT "second"
#else
#define ETEXT "end"
#endif
#ifdef FAULT_COUNT
#define COUNT "2"
#else
#define COUNT "3"
#endif

/* Other pointers to the table are not in the module. */
#ifndef FAULT_NO_MODULE
__asm__(".section .noptrdata,\"aw\"\n"
	".balign 32\n"
	"	.quad table, 0, 0, table\n"
	"	.quad table\n" SLICES "	.quad items, " COUNT ", " COUNT "\n" MORE_SLICES
	"	.quad 0, first, " MAXPC ", " MODULE_TEXT ", " ETEXT "\n"
	".text\n");
#endif

/* The note by which a Go program is recognized. */
__asm__(".section .note.go.buildid,\"a\",@note\n"
	"	.long 4, 4, 4\n"
	"	.asciz \"Go\\0\"\n"
	"	.ascii \"none\"\n"
	".text\n");

int main(void)
{
	return 0;
}
