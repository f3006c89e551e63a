/* The DWARF sections of an ELF file, unpacked and made ready for libdw. Part of struct
 * elf_file. */
#pragma once

#include "base/bytes.h"
#include "base/vec.h"
#include "elf/elf_sections.h"

#include <stdbool.h>

struct elf_dwarf_section {
	const char *name; /* the part after ".debug_" */
	struct bytes bytes;
};

/* Zero-initialize. */
struct elf_dwarf {
	VEC(struct elf_dwarf_section) sections;
};

/* Unpacks the DWARF sections that libdw needs and hides all others from it; .debug_line
 * is needed only with 'lines'. Returns false if there is no .debug_info, if a section
 * cannot be unpacked, if all of them have more than 2 GiB or than the budget, if a
 * section of strings does not end with a NUL, or if libdw must not read the units (see
 * dwarf_units.h). */
bool elf_dwarf_read(struct elf_dwarf *d, struct elf_sections *sections, bool lines);
void elf_dwarf_release(struct elf_dwarf *d);

/* The bytes of the section ".debug_NAME", empty if there is none or it was not needed. */
struct bytes elf_dwarf_data(const struct elf_dwarf *d, const char *name);

/* Whether 'text' points into one of the sections, its NUL is in the same section, and it
 * has less than 64 KiB. */
bool elf_dwarf_has_string(const struct elf_dwarf *d, const char *text);
