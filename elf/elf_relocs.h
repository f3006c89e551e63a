/* Relocations that the loader applies to a position-independent ELF file; the pointers in
 * the file are often 0 before that. Only relocations that need no other file are
 * supported: R_*_RELATIVE, and absolute ones of symbols that the file itself defines.
 * Packed relocations (SHT_RELR) and those without an addend (SHT_REL) have the pointer in
 * its place already. Sources: the ABI supplement of each machine, and <elf.h>. */
#pragma once

#include "base/vec.h"
#include "elf/elf_file.h"

#include <stddef.h>
#include <stdint.h>

struct elf_places {
	VEC(uint64_t) items; /* vaddr */
};

void elf_places_release(struct elf_places *p);

/* Applies the relocations for [vaddr, vaddr + size) to 'copy', a copy of these bytes, in
 * the byte order of the file, as if the file were loaded at address 0. */
void elf_relocs_apply(struct elf_file *f, uint64_t vaddr, void *copy, size_t size);

/* Adds the vaddrs at which relocations store the pointer 'value' to 'places', up to
 * 'most' of them. */
void elf_relocs_find(struct elf_file *f, uint64_t value, size_t most,
		     struct elf_places *places);
