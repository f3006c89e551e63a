/* What the frames of one ELF file's code are left by: for each byte, where the caller's registers
 * are; and what confirms that a frame is one: the code itself, and where functions begin. */
#pragma once

#include "base/bytes.h"
#include "elf/elf_file.h"
#include "unwind/go_functions.h"
#include "unwind/unwind_rule.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unwind_table;

/* A table of the rules in .eh_frame, and where .eh_frame is silent those in .debug_frame, of a file
 * for x86-64 or arm64. Takes 'f', and 'fd' (-1: none), through which it reads code as long as it
 * lives. FDEs are found now (in the linker's .eh_frame_hdr if there is one), and compiled when a
 * rule of theirs is first looked up. NULL for other machines, or where the table would be larger
 * than 'most_bytes'; it does not grow beyond that either. */
struct unwind_table *unwind_table_new(struct elf_file *f, int fd, size_t most_bytes);
void unwind_table_free(struct unwind_table **t);

/* The rule for the instruction at 'file_off', or NULL; valid as long as the table. */
const struct unwind_rule *unwind_table_find(struct unwind_table *t, uint64_t file_off);

/* Expression 'number' of one of its rules; valid until the next look-up. */
struct bytes unwind_table_expression(const struct unwind_table *t, int32_t number);

/* The functions of a Go program, or NULL. */
const struct go_functions *unwind_table_go(const struct unwind_table *t);

/* Copies up to 'n' bytes of code from 'file_off' on; returns how many, 0 where the code cannot be
 * read. */
size_t unwind_table_code(struct unwind_table *t, uint64_t file_off, void *to, size_t n);

/* True: 'file_off' lies in a function that begins and ends there, as its FDE, Go, or a symbol has
 * it. False: in a gap between these two, of which neither says anything. The first call outside of
 * all FDEs reads the symbols. */
bool unwind_table_function(struct unwind_table *t, uint64_t file_off, uint64_t *start,
			   uint64_t *end);

/* The file offset of the program's first instruction (e_entry), UINT64_MAX: none. */
uint64_t unwind_table_entry(const struct unwind_table *t);

/* Rows compiled so far, and the memory that the table takes, in bytes. */
size_t unwind_table_rows(const struct unwind_table *t);
size_t unwind_table_bytes(const struct unwind_table *t);
