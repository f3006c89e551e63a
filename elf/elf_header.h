/* A check of the header of an ELF file before libelf reads it: libelf allocates memory
 * for as many headers as the file states. A number of more than 16 bits, which only
 * object files and core dumps need, costs nothing in a sparse hostile file. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether the first bytes of a file, up to the size of Elf64_Ehdr, are the header of an
 * ELF file with no more program and section headers than fit into 16 bits. */
bool elf_header_is_modest(const void *head, size_t size);
