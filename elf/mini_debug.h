/* The symbols of local functions that some distributions leave inside of what they strip:
 * a small ELF file, packed by xz, in the section .gnu_debugdata (GDB's manual,
 * "MiniDebugInfo"). What .dynsym has is not repeated there. */
#pragma once

#include "elf/elf_symbols.h"

/* As elf_symbols_add(), from the file inside of 'f'. */
bool mini_debug_add(struct elf_file *f, struct symbol_choice *choice, struct arena *text);
