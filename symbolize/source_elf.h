/* Names from the file that was mapped. */
#pragma once

#include "base/error.h"
#include "model/symbol.h"

/* The symbols of the ELF file behind 'fd', by file_off: of .symtab, else of the
 * .symtab of its debug file, else of .dynsym. NULL where it is no ELF file or has no symbols. */
struct symbol_table *source_elf_load(int fd, struct error *err);
