/* Names from the ELF file that was mapped. source_elf.c has the table of all places in
 * a file that hold names, in their order of trust. */
#pragma once

#include "base/error.h"
#include "elf/search/debug_file.h"
#include "model/symbol.h"

/* Returns the symbols of the ELF file 'fd', by file offset: of its .symtab, else of
 * the .symtab of its debug file, else of the one in .gnu_debugdata, else of Go's
 * function table; together with those of .dynsym and the stubs in .plt. 'search' says
 * where debug files may be, and stores the path of a debug file that belongs to
 * another program. Returns NULL if 'fd' is no ELF file or has no symbols. */
struct symbol_table *source_elf_load(int fd, struct debug_search *search,
				     struct error *err);
