/* The names that every Go program carries for its own use, and that stripping leaves: the table
 * of functions in .gopclntab, as Go's src/debug/gosym/pclntab.go and src/runtime/symtab.go
 * describe it, of Go 1.5 and later. */
#pragma once

#include "symbolize/elf_symbols.h"

/* Adds the functions of 'f', by file_off, to 'choice', with their names in 'text': as Go writes
 * them, "main.(*server).run". False where there are none. */
bool go_table_add(struct elf_file *f, struct symbol_choice *choice, struct arena *text);
