/* The names that every Go program carries for its own use, and that stripping leaves: see
 * go_pclntab.h. */
#pragma once

#include "elf/elf_symbols.h"

/* Adds the functions of 'f', by file_off, to 'choice', with their names in 'text': as Go writes
 * them, "main.(*server).run". False where there are none, or where the table cannot be
 * confirmed. */
bool go_table_add(struct elf_file *f, struct symbol_choice *choice, struct arena *text);
