/* A table of functions as Go writes it, in the form of the version that MAGIC says, for two
 * functions of this program. COUNTED: starts are counted from the first of them. */
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
#define START		      "	.quad first\n"
#define ITEM(function, place) "	.long " function " - first, " place " - items\n"
#define LAST		      "	.long end - first\n"
#define PLACE(label, function, name)                                                     \
	label ": .long " function " - first, " name " - names\n"
#else
#define START
#define ITEM(function, place) "	.quad " function ", " place " - " BASE "\n"
#define LAST		      "	.quad end\n"
#define PLACE(label, function, name)                                                     \
	label ": .quad " function "\n"                                                   \
	      "	.long " name " - " NAMES "\n"
#endif
#ifdef OLD
#define HEAD
#define BASE  "table"
#define NAMES "table"
#else
#define HEAD                                                                             \
	"	.quad 0\n" START "	.quad names - table, 0, 0, 0, items - table\n"
#define BASE  "items"
#define NAMES "names"
#endif

__asm__(".section " SECTION ",\"aw\"\n"
	".balign 32\n"
	"	.quad 1, 2, 3\n"
	"table: .long " TEXT(
		MAGIC) "\n"
		       "	.byte 0, 0, 1, 8\n"
		       "	.quad 2\n" HEAD "items:\n" ITEM("first", "place1") ITEM(
			       "second", "place2") LAST PLACE("place1", "first", "name1")
			       PLACE("place2", "second",
				     "name2") "names:\n"
					      "name1: .asciz \"main.first\"\n"
					      "name2: .asciz \"main.(*T[...]).second\"\n"
					      ".text\n");

/* By this a program of Go is known. */
__asm__(".section .note.go.buildid,\"a\",@note\n"
	"	.long 4, 4, 4\n"
	"	.asciz \"Go\\0\"\n"
	"	.ascii \"none\"\n"
	".text\n");

int main(void)
{
	return 0;
}
