/* Names from the file that was mapped. */
#pragma once

#include "base/error.h"
#include "elf/debug_file.h"
#include "model/symbol.h"

/* The symbols of the ELF file behind 'fd', by file_off: of .symtab, else of the .symtab of its
 * debug file, else of the one in .gnu_debugdata, else of Go's own table; and those of .dynsym,
 * and the stubs in .plt. 'search' says where debug files may be, and is told of one that was
 * not the right one. NULL where it is no ELF file or has no symbols. */
struct symbol_table *source_elf_load(int fd, struct debug_search *search,
				     struct error *err);
