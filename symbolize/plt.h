/* Stubs through which a program calls functions of its libraries. A stub has no
 * symbol. It jumps through a slot, and the relocation that fills this slot has the
 * name of the function. */
#pragma once

#include "elf/elf_file.h"
#include "model/symbol.h"

/* Adds the stubs of 'f' (x86-64 and aarch64) to its finished table, as "puts@plt". The
 * rest of their sections gets the name of the section, ".plt". The stub of a function
 * that the program chooses when it starts (an ifunc) gets the name that 't' has for
 * the function. */
void plt_add(struct elf_file *f, struct symbol_table *t);
