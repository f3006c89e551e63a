/* The header of an ELF file, looked at before libelf is: libelf allocates for as many
 * headers as the file claims, and a claim beyond 16 bits, which stands in section 0,
 * costs nothing in a sparse file. Only object files and core dumps have that many. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* True for the first bytes of an ELF file, up to the size of Elf64_Ehdr, that claims no
 * more headers than programs have. */
bool elf_header_is_modest(const void *head, size_t size);
