/* Decides which parts of an ELF file a copy of it needs (elf/keep/file_copy.h). */
#pragma once

#include "elf/keep/file_copy.h"

#include <stdbool.h>

/* Plans a copy of the ELF file 'fd', which stays the caller's, for names and unwinding:
 * the headers; all small sections, and the large ones with symbols, unwind tables and
 * Go's tables; then code, then DWARF. A small file is copied whole. Returns false if it
 * is no ELF file or cannot be read. */
bool copy_plan_make(int fd, struct copy_plan *plan);
