/* Relocations that the loader applies to a position-independent ELF file: pointers in
 * such a file are often 0 until then. Only relocations that need no other file are known:
 * R_*_RELATIVE, and absolute ones of symbols that the file itself defines. Packed ones
 * (SHT_RELR) and those without an addend (SHT_REL) keep the pointer in place, so there is
 * nothing to apply. Sources: the ABI supplement of each machine, and <elf.h>. */
#pragma once

#include "base/vec.h"
#include "elf/elf_file.h"

#include <stddef.h>
#include <stdint.h>

struct elf_places {
	VEC(uint64_t) items; /* vaddr */
};

void elf_places_release(struct elf_places *p);

/* Writes the pointers that relocations store in [vaddr, vaddr + size) into 'copy', a copy
 * of these bytes, in the byte order of the file, as if it were loaded at address 0. */
void elf_relocs_apply(struct elf_file *f, uint64_t vaddr, void *copy, size_t size);

/* Adds the places where relocations store the pointer 'value', at most 'most' of them. */
void elf_relocs_find(struct elf_file *f, uint64_t value, size_t most,
		     struct elf_places *places);
