/* A check of a line number table (DWARF 2 to 5; DWARF 5, 6.2) before libdw reads it.
 * libdw trusts some fields of the table: version 0.192 searches strings up to
 * header_length, even if that is after the end of .debug_line, and reads a file that the
 * line number program defines (DW_LNE_define_file) relative to a directory that may be
 * NULL. */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

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
 * 'address_size' is that of the unit in .debug_info, in bytes: 4 or 8. Strings in other
 * sections are not checked: elf_file_dwarf() makes sure that these sections end with a
 * NUL. Time is linear in the size of the table. */
bool line_table_check(struct bytes section, uint64_t offset, uint8_t address_size);
