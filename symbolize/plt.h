/* The stubs through which a program calls functions of its libraries. They have no symbols;
 * whose they are tells the slot that they jump through, which a relocation fills. */
#pragma once

#include "elf/elf_file.h"
#include "model/symbol.h"

/* Adds the stubs of 'f', of x86-64 and aarch64, to its finished table, as "puts@plt"; the rest
 * of the sections that they stand in gets the name of the section, ".plt". A stub of a function
 * that the program chooses when it starts has the name that 't' has for it. */
void plt_add(struct elf_file *f, struct symbol_table *t);
