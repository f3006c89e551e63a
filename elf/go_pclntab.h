/* The table of functions that every Go program carries for its runtime, and that
 * stripping leaves: runtime.pclntab, of Go 1.5 and later. Sources: Go's
 * src/runtime/symtab.go (pcHeader, functab), src/runtime/runtime2.go (_func),
 * src/debug/gosym/pclntab.go, and src/cmd/link/internal/ld/pcln.go of Go 1.16 to 1.27;
 * for older ones src/debug/gosym/pclntab.go. */
#pragma once

#include "elf/elf_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct go_pclntab {
	struct bytes all; /* from the header to the end of the section */
	void *owned;	  /* these bytes where they had to be relocated, or NULL */
	uint32_t magic;	  /* of the version, Go's abi.PCLnTabMagic */
	uint64_t text;	  /* vaddr that starts are counted from, or 0 */
	uint64_t n;	  /* number of functions */
	uint64_t entries; /* offset of the first entry */
	uint64_t details; /* offset that those in the entries are counted from */
	uint64_t names, pc_tables; /* offsets of these parts, */
	uint64_t names_size;	   /* and the size of the one */
	bool is_counted;    /* starts are counted from 'text', else they are vaddrs */
	uint8_t entry_word; /* bytes of each half of an entry */
	uint8_t flags_at;   /* from the name's offset to funcID and flag; 0: neither */
	uint8_t quantum; /* bytes of the shortest instruction: unit of the tables by pc */
};

/* One function as the table has it. */
struct go_pclntab_function {
	uint64_t start, end; /* vaddr; 'end' is the next function's start */
	uint32_t name;	     /* offset in the names */
	uint32_t pcsp;	     /* offset in the tables by pc, 0: none */
	uint8_t id, flags;   /* funcID and flag, 0 where the version has none */
};

/* The table of 'f', which has to outlive it; go_pclntab_release() ends it. The start of
 * the text is that of runtime.moduledata. False where 'f' has no table or where the table
 * cannot be confirmed: the header, the module and the entries must agree on the text, all
 * of which must be executable, in one segment, and each function's own record must begin
 * where its entry says. */
bool go_pclntab_find(struct elf_file *f, struct go_pclntab *t);
void go_pclntab_release(struct go_pclntab *t);

/* Reads function 'i' below 'n'. False where the table has no record of it (code that the
 * linker put between Go's) or nothing begins there. */
bool go_pclntab_function(const struct go_pclntab *t, uint64_t i,
			 struct go_pclntab_function *fn);

/* The name at an offset, of at most 64 KiB; NULL where none ends in the table. Valid as
 * long as the table. */
const char *go_pclntab_name(const struct go_pclntab *t, uint32_t offset);
