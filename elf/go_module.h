/* The description of a Go program's code for Go's runtime: runtime.moduledata, which the
 * linker fills in. Its first fields are pointers, lengths and capacities. From Go 1.16 to
 * 1.27 they are: the address of the table of functions (pcHeader), six slices (the last
 * one is ftab), findfunctab, minpc, maxpc, text, etext. From Go 1.5 to 1.15 they are
 * three slices, pclntable, ftab and filetab, before findfunctab. See moduledata in Go's
 * src/runtime/symtab.go. */
#pragma once

#include "elf/elf_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct go_module {
	uint64_t text, etext; /* vaddrs: Go's code is [text, etext) */
	uint64_t minpc,
		maxpc; /* vaddrs: the first function's start, the last one's end */
};

/* The facts in the table of functions with which the module must agree. */
struct go_module_question {
	uint64_t pclntab;   /* vaddr of the table */
	size_t word;	    /* size of a pointer in bytes, 4 or 8 */
	bool is_old;	    /* Go 1.5 to 1.15 */
	uint64_t functions; /* vaddr of the first entry of the table */
	uint64_t n_entries; /* number of entries, with the one for the end */
};

/* Finds the module of that table. Returns false if the file has none. */
bool go_module_find(struct elf_file *f, const struct go_module_question *question,
		    struct go_module *m);
