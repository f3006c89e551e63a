/* Names from the function table of a Go program, which stripping leaves in the file; see
 * go_pclntab.h. */
#pragma once

#include "elf/elf_symbols.h"

/* Adds the functions of 'f', by file offset, to 'choice', with their names in 'text'.
 * The names are as Go writes them: "main.(*server).run". Returns false, and adds
 * nothing, if there is no table or its address cannot be confirmed. */
bool go_table_add(struct elf_file *f, struct symbol_choice *choice, struct arena *text);
