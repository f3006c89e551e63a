/* Programs of Go, and how their names are spelled. Sources: Go's
 * src/cmd/link/internal/ld/symtab.go (mangleABIName) and src/cmd/link/internal/loadelf
 * (symbols of sections). */
#pragma once

#include "elf/elf_file.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether Go's linker made 'f', by the names of its sections. */
bool go_program_is(struct elf_file *f);

/* The length of the name that a symbol of a Go program gives to a function: without the
 * mark of its calling convention, "runtime.mcall" for "runtime.mcall.abi0", as Go's own
 * table has it. 0 where the symbol names a section of an object file,
 * "runtime/cgo(.text)". */
size_t go_program_name_len(const char *name);
