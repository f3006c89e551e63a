/* The functions of a Go program (one ELF file), and the facts about their frames that
 * Go's runtime keeps for its own unwinder. Sources: Go's src/runtime/symtab.go
 * (funcspdelta, pcvalue), src/internal/abi/symtab.go (FuncFlag), and go_pclntab.h. */
#pragma once

#include "elf/elf_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct go_functions;

struct go_function {
	uint64_t start, end; /* file_off */
	const char *name;    /* in Go's spelling, "runtime.systemstack"; the table's */
	bool is_top; /* the outermost function of a stack: Go's FuncFlagTopFrame */
	/* The function changes the stack pointer in a way that go_functions_sp_delta()
	 * does not include: Go's FuncFlagSPWrite. */
	bool writes_sp;

	uint32_t pcsp; /* private: offset of its table of stack pointers, 0: none */
};

/* Reads the functions of 'f'. The table keeps no bytes of 'f', which may be closed
 * afterwards. 'f' keeps the whole .gopclntab in memory until it is closed, so open one
 * for this purpose alone. Returns NULL if 'f' is no Go program, if its table cannot be
 * confirmed (see go_pclntab_find()), or if the result would take more than
 * 'most_bytes'. */
struct go_functions *go_functions_new(struct elf_file *f, size_t most_bytes);
void go_functions_free(struct go_functions **t);

/* The function that contains 'file_off', or NULL; valid until the table is freed. */
const struct go_function *go_functions_find(const struct go_functions *t,
					    uint64_t file_off);

/* Sets *delta to the number of bytes between the stack pointer at 'file_off' and the end
 * of the frame of 'fn', as runtime.funcspdelta returns it. On x86-64 the return address
 * is stored there (CFA = sp + delta + 8); on arm64 it is the CFA (CFA = sp + delta).
 * Returns false if the table has no value for 'file_off', as for functions of C. */
bool go_functions_sp_delta(const struct go_functions *t, const struct go_function *fn,
			   uint64_t file_off, int64_t *delta);

/* The memory of the table in bytes. */
size_t go_functions_bytes(const struct go_functions *t);
