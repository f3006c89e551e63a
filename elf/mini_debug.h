/* The symbols of local functions that some distributions leave in stripped files: a small
 * ELF file, packed with xz, in the section .gnu_debugdata (GDB's manual,
 * "MiniDebugInfo"). It does not repeat the symbols of .dynsym. */
#pragma once

#include "elf/elf_symbols.h"

/* Does the same as elf_symbols_add() with the file inside 'f'. */
bool mini_debug_add(struct elf_file *f, struct symbol_choice *choice, struct arena *text);
