/* The sections of an ELF file: the section header table, and the unpacked bytes of each
 * section. Part of struct elf_file: other folders use elf_file_section() and its
 * neighbours. */
#pragma once

#include "base/bytes.h"
#include "base/vec.h"
#include "model/budget.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct Elf; /* libelf's handle of a file */

/* A section as the section header table has it; its fields are not checked. A file
 * without that table has the sections of elf_dynamic.h. */
struct elf_section {
	/* "" if the section has no name, or if the table of names cannot be read. */
	const char *name;
	uint64_t flags, vaddr, file_off, size, align;
	uint32_t type, link;
};

struct elf_sections {
	struct Elf *elf;
	bool is_wide;	 /* an ELF file of 64 bits */
	bool is_swapped; /* of the other byte order than this machine */
	/* Memory for the bytes of sections, and what the file's users take. */
	struct budget_part memory;

	/* The file has no section header table. */
	bool is_dynamic;

	/* Private: */
	bool is_read;
	VEC(struct elf_section) items;
	VEC(struct bytes) data; /* of the sections that were read, by number */
	VEC(void *) unpacked;	/* buffers of sections that libelf did not unpack */
	/* Bytes that may still be read: hostile sections may all be the same bytes. */
	uint64_t left;
};

/* 'elf' stays the caller's and must outlive the sections. Nothing is read yet. */
void elf_sections_init(struct elf_sections *s, struct Elf *elf, bool is_wide,
		       bool is_swapped);

/* Call it after elf_end(): libelf points to the unpacked bytes. */
void elf_sections_release(struct elf_sections *s);

/* Section 'number', counted from 0; NULL after the last one. Valid until the release. */
const struct elf_section *elf_sections_at(struct elf_sections *s, size_t number);

/* The section of a symbol with that number and vaddr, or NULL. */
const struct elf_section *elf_sections_of_symbol(struct elf_sections *s, size_t number,
						 uint64_t vaddr);

/* The number of the first section of that name, or 0. */
size_t elf_sections_find(struct elf_sections *s, const char *name);

/* The unpacked bytes of a section, valid until the release. Empty if the section does not
 * exist or has no bytes, if it has more than 256 MiB, all together more than 1 GiB or
 * more than the budget, or if it is damaged or packed in an unknown format. */
struct bytes elf_sections_data(struct elf_sections *s, size_t number);

/* The functions below serve elf_dwarf.c. 'number' must be that of an existing section. */

/* The size of the unpacked bytes of a packed section, as the section states it; 0 for a
 * section that is not packed. */
uint64_t elf_sections_unpacked_size(struct elf_sections *s, size_t number);

/* Unpacks the section if it is packed, for libdw too, and sets *data to its bytes without
 * the limits of elf_sections_data(). Returns false if it cannot be unpacked. */
bool elf_sections_unpack(struct elf_sections *s, size_t number, struct bytes *data);

/* Makes libdw believe that the section has no bytes. */
void elf_sections_hide(struct elf_sections *s, size_t number);

/* Whether the section has the name of a packed DWARF section before the ELF standard had
 * packed sections: ".zdebug_info" for one. */
bool elf_section_is_zdebug(const struct elf_section *section);
