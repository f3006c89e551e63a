/* The table of functions in every Go program, runtime.pclntab, of Go 1.5 and later. Go's
 * runtime needs it, so stripping leaves it in place. Sources: Go's src/runtime/symtab.go
 * (pcHeader, functab), src/runtime/runtime2.go (_func), src/debug/gosym/pclntab.go, and
 * src/cmd/link/internal/ld/pcln.go of Go 1.16 to 1.27; for older versions
 * src/debug/gosym/pclntab.go. */
#pragma once

#include "elf/elf_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct go_pclntab {
	struct bytes all; /* from the header to the end of the section */
	void *owned;	  /* a copy of these bytes with relocations applied, or NULL */
	uint32_t magic;	  /* number of the version, Go's abi.PCLnTabMagic */
	uint64_t text;	  /* vaddr to which the starts are relative, or 0 */
	uint64_t n;	  /* number of functions */
	uint64_t entries; /* offset of the first entry */
	uint64_t details; /* offset to which the offsets in the entries are relative */
	uint64_t names, pc_tables; /* offsets of these parts */
	uint64_t names_size;
	bool is_counted;    /* starts are relative to 'text', else they are vaddrs */
	uint8_t entry_word; /* size of each half of an entry in bytes */
	uint8_t flags_at;   /* from the name's offset to funcID and flag; 0: neither */
	uint8_t quantum; /* unit of the tables by pc in bytes: the smallest instruction */
};

/* One function of the table. */
struct go_pclntab_function {
	uint64_t start, end; /* vaddr; 'end' is the next function's start */
	uint32_t name;	     /* offset in the names */
	uint32_t pcsp;	     /* offset in the tables by pc, 0: none */
	uint8_t id, flags;   /* funcID and flag; 0 if the version has none */
};

/* Finds the table of 'f', which must outlive it; go_pclntab_release() ends it. The start
 * of the text is that of runtime.moduledata. Returns false if 'f' has no table, or if the
 * table cannot be confirmed: the header, the module and the entries must agree on the
 * text, which must be executable and in one segment, and each function's record must
 * begin at the address in its entry. */
bool go_pclntab_find(struct elf_file *f, struct go_pclntab *t);
void go_pclntab_release(struct go_pclntab *t);

/* Reads function 'i', which must be less than t->n. Returns false if the table has no
 * record of it (code between that of Go, from an external linker), or if it has no
 * code. */
bool go_pclntab_function(const struct go_pclntab *t, uint64_t i,
			 struct go_pclntab_function *fn);

/* The name at an offset, of at most 64 KiB; NULL if it has no end in the table. Valid as
 * long as the table. */
const char *go_pclntab_name(const struct go_pclntab *t, uint32_t offset);
