/* Symbols of a file with kernel code, by the addresses at which that code was loaded. */
#pragma once

#include "elf/elf_file.h"
#include "model/symbol.h"

#include <stdbool.h>
#include <stdint.h>

/* Sets *shift to the address of the kernel's code minus its vaddr in vmlinux, 'f'. The
 * mapping of the kernel begins at 'start', and its path ends with the name of the symbol
 * there: "[kernel.kallsyms]_text". Returns false if the shift cannot be known. */
bool kernel_symbols_shift(struct elf_file *f, const char *path, uint64_t start,
			  uint64_t *shift);

/* Reads the functions of vmlinux. Returns NULL if there are none. */
struct symbol_table *kernel_symbols_of_vmlinux(struct elf_file *f, uint64_t shift);

/* Reads the functions of a module, a relocatable file, whose code was loaded at 'start'
 * as the kernel does it: its sections one after the other, without those for its
 * start. */
struct symbol_table *kernel_symbols_of_module(struct elf_file *f, uint64_t start);
