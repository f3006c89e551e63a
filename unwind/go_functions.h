/* The functions of a Go program (one ELF file), with the facts that Go's runtime keeps of their
 * frames, for an unwinder. Sources: Go's src/runtime/symtab.go (funcspdelta, pcvalue),
 * src/internal/abi/symtab.go (FuncFlag), and go_pclntab.h. */
#pragma once

#include "elf/elf_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct go_functions;

struct go_function {
	uint64_t start, end; /* file_off */
	const char *name; /* in Go's spelling, "runtime.systemstack"; the table owns it */
	bool is_top;	  /* outermost function of a stack: Go's FuncFlagTopFrame */
	bool writes_sp; /* sets the stack pointer in a way that sp_delta does not show: Go's
			      * FuncFlagSPWrite */

	uint32_t pcsp; /* private: offset of its table of stack pointers, 0: none */
};

/* The functions of 'f', which may be closed afterwards; the table keeps no bytes of it. Until it is
 * closed 'f' keeps those that were read, the whole .gopclntab: open one for this alone. NULL where
 * 'f' is no Go program, where its table cannot be confirmed (see go_pclntab_find()), or where it
 * would take more than 'most_bytes'. */
struct go_functions *go_functions_new(struct elf_file *f, size_t most_bytes);
void go_functions_free(struct go_functions **t);

/* The function that holds 'file_off', or NULL; valid as long as the table. */
const struct go_function *go_functions_find(const struct go_functions *t,
					    uint64_t file_off);

/* Sets '*delta' to how many bytes lie at 'file_off' between the stack pointer and the end of the
 * frame of 'fn', as runtime.funcspdelta returns it. On x86-64 the return address stands there (CFA =
 * sp + delta + 8); on arm64 that is the CFA (CFA = sp + delta). False where the table has no value
 * for it, such as for functions of C. */
bool go_functions_sp_delta(const struct go_functions *t, const struct go_function *fn,
			   uint64_t file_off, int64_t *delta);

/* The memory that the table takes. */
size_t go_functions_bytes(const struct go_functions *t);
