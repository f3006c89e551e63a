/* Recognizes Go programs, and the spelling of their names. Sources: Go's
 * src/cmd/link/internal/ld/symtab.go (mangleABIName) and src/cmd/link/internal/loadelf
 * (symbols of sections). */
#pragma once

#include "elf/elf_file.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether Go's linker made 'f', by the names of its sections. */
bool go_program_is(struct elf_file *f);

/* The length of the function's name at the start of a symbol's name, without the suffix
 * for the calling convention: 13 for "runtime.mcall.abi0". Go's own table has the name in
 * this form. Returns 0 if the symbol is that of an object file's section,
 * "runtime/cgo(.text)". */
size_t go_program_name_len(const char *name);
