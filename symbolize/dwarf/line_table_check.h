/* A check of a line number table (DWARF 2 to 5; DWARF 5, 6.2) before libdw reads it.
 * libdw trusts some fields of the table: version 0.192 searches strings up to
 * header_length, even if that is after the end of .debug_line, and reads a file that the
 * line number program defines (DW_LNE_define_file) relative to a directory that may be
 * NULL. */
#pragma once

#include "base/bytes.h"
#include "base/hashmap.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

/* A table, and what it refers to. */
struct line_table {
	struct bytes line;	    /* .debug_line */
	uint64_t offset;	    /* of the table in there */
	struct bytes line_str, str; /* .debug_line_str, .debug_str: they end with a NUL */
	uint8_t address_size;	    /* of the unit in .debug_info, in bytes: 4 or 8 */
	size_t directory_len;	    /* of the unit's directory */
};

/* Whether the table at 'offset' in 'section', the bytes of .debug_line, is one that
 * compilers write:
 *
 * - the unit ends in the section, and the header in the unit; the version is 2 to 5;
 * - maximum_operations_per_instruction, line_range and opcode_base are not 0;
 * - standard_opcode_lengths, directories and files fill the header exactly, each string
 *   has its NUL, and each form is one that DWARF 5, 6.2.4.1 names for its content;
 * - each instruction of the program ends in the unit, has the operands that libdw
 *   expects, and is not DW_LNE_define_file, which no compiler writes.
 *
 * Sets *memory to the bytes that libdw needs for the table at most: it copies the paths
 * of directories for each file, and makes a line of each byte of the program. A path of
 * more than 4095 bytes is refused. Time is linear in the size of the table. */
bool line_table_check(const struct line_table *t, uint64_t *memory);

/* Results of checks: units may share a table. Zero-initialize. */
struct line_checks {
	struct hashmap by_offset;
	VEC(struct line_check) items;
	uint64_t passed; /* bytes of all tables */
};

struct line_check {
	uint64_t offset;
	bool is_good;
};

void line_checks_release(struct line_checks *c);

/* Does the same, once for each offset; *memory is 0 if the table was checked before. All
 * tables must be of the same section. Tables that overlap so much that they have far more
 * bytes than the section are refused. */
bool line_checks_find(struct line_checks *c, const struct line_table *t,
		      uint64_t *memory);
