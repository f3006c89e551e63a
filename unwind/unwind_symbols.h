/* Start addresses of functions from the symbols of an ELF file, for code without FDEs. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Sets *starts to the file_offs minus 'base' at which functions begin, sorted and
 * unique, of the ELF file 'fd' (-1: none), and *n to their number. The caller frees
 * *starts with mem_free(). *n is 0 if the file has no symbols. */
void unwind_symbols_read(int fd, uint64_t base, uint32_t **starts, size_t *n);
