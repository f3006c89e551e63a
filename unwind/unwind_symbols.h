/* Where functions begin, as the symbols of an ELF file have it: for code without FDEs. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The file_offs at which functions begin, sorted, each once, of the ELF file behind 'fd' (-1: none).
 * The caller frees *starts with mem_free(); of a file without symbols, or none, *n is 0. */
void unwind_symbols_read(int fd, uint32_t **starts, size_t *n);
