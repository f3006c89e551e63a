/* What Go's runtime knows of the code of its own file: runtime.moduledata, which the
 * linker fills in. Its first fields, pointers, lengths and capacities, have been the same
 * from Go 1.16 to 1.27: the address of the table of functions (pcHeader), six slices (the
 * last one is ftab), findfunctab, minpc, maxpc, text, etext. From Go 1.5 to 1.15 there
 * were three slices, pclntable, ftab and filetab, before findfunctab. See moduledata in
 * Go's src/runtime/symtab.go. */
#pragma once

#include "elf/elf_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct go_module {
	uint64_t text, etext;  /* vaddr: [text, etext) is Go's code */
	uint64_t minpc, maxpc; /* vaddr: the first function's start, the last one's end */
};

/* What the table of functions itself says; a module that disagrees is none. */
struct go_module_question {
	uint64_t pclntab;   /* vaddr where the table is loaded */
	size_t word;	    /* bytes of a pointer, 4 or 8 */
	bool is_old;	    /* Go 1.5 to 1.15 */
	uint64_t functions; /* vaddr of the first entry of the table */
	uint64_t n_entries; /* their number, with the one for the end */
};

/* The module of that table. False where the file has none. */
bool go_module_find(struct elf_file *f, const struct go_module_question *question,
		    struct go_module *m);
