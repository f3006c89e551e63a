/* A file with DWARF, opened with libdw so that libdw opens no other file. */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct Dwarf; /* libdw's handle */
struct budget;
struct elf_file;

/* Zero-initialize. */
struct dwarf_file {
	struct elf_file *file; /* NULL: not open */
	struct Dwarf *dwarf;
	struct bytes alt_link; /* the bytes of .gnu_debugaltlink, empty: none */
};

/* Reads the DWARF of 'fd', with the tables of source lines only if 'lines'. The caller
 * may close 'fd' afterwards. Returns false if there is none or too much; sets
 * '*lacks_memory' if it is more than the budget has. */
bool dwarf_file_open(struct dwarf_file *d, int fd, bool lines, struct budget *memory,
		     bool *lacks_memory);

/* The same for an ELF file in memory, which must outlive 'd'. */
bool dwarf_file_open_image(struct dwarf_file *d, void *image, size_t size);

/* Finds the split unit with this id, and sets *unit to the offset of its own entry in
 * .debug_info. */
bool dwarf_file_find_split(const struct dwarf_file *d, uint64_t id, uint64_t *unit);
void dwarf_file_close(struct dwarf_file *d);

/* Whether 'text', a string that libdw returned, lies in the file and ends in it. */
bool dwarf_file_has_string(const struct dwarf_file *d, const char *text);
