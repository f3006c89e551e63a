/* The unwind rules for the code of one ELF file, and the facts that confirm a frame: the
 * code bytes, and the bounds of functions. */
#pragma once

#include "base/bytes.h"
#include "elf/dso_keeper.h"
#include "elf/elf_file.h"
#include "unwind/go_functions.h"
#include "unwind/unwind_rule.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unwind_table;

/* Reads the rules of a file for x86-64 or arm64: those of .eh_frame, and those of
 * .debug_frame for code that .eh_frame does not describe. 'debug' is the separate debug
 * file with a .debug_frame that was read already (NULL: none). Takes 'f', 'debug', and
 * 'fd' (-1: none), from which it reads code until it is freed. FDEs are listed now, from
 * the linker's .eh_frame_hdr if there is one; each is compiled when one of its rules is
 * first needed.
 * Returns NULL for other machines, or if the table would take more than 'most_bytes'; it
 * does not grow beyond that later either. */
struct unwind_table *unwind_table_new(struct elf_file *f, struct elf_file *debug, int fd,
				      size_t most_bytes);
void unwind_table_free(struct unwind_table **t);

/* Has the keeper, which must outlive the table, lend the descriptor of the table to it:
 * then the table does not hold the file of the dso any longer than the keeper. */
void unwind_table_borrow(struct unwind_table *t, struct dso_keeper *keeper,
			 const struct dso *dso);

/* A number for the caller, 0 at first. */
void unwind_table_set_key(struct unwind_table *t, uint64_t key);
uint64_t unwind_table_key(const struct unwind_table *t);

/* The rule for the instruction at 'file_off', or NULL; valid until the table is freed. */
const struct unwind_rule *unwind_table_find(struct unwind_table *t, uint64_t file_off);

/* The expression with this number, which must be from a rule of the table; valid until
 * the next look-up. */
struct bytes unwind_table_expression(const struct unwind_table *t, int32_t number);

/* The functions of a Go program, or NULL. */
const struct go_functions *unwind_table_go(const struct unwind_table *t);

/* Copies up to 'n' bytes of code from 'file_off' on, and returns their number; 0 if the
 * code cannot be read. */
size_t unwind_table_code(struct unwind_table *t, uint64_t file_off, void *to, size_t n);

/* Sets [*start, *end), file_offs, to the bounds of the function that contains 'file_off',
 * and returns true if they are known from an FDE, from Go, or from a symbol. Else returns
 * false, with the bounds of the gap between the neighbouring functions. The first call
 * outside of all FDEs reads the symbols. */
bool unwind_table_function(struct unwind_table *t, uint64_t file_off, uint64_t *start,
			   uint64_t *end);

/* The file_off of the program's first instruction (e_entry), or UINT64_MAX. */
uint64_t unwind_table_entry(const struct unwind_table *t);

/* The number of rows compiled so far, and the memory of the table in bytes. */
size_t unwind_table_rows(const struct unwind_table *t);
size_t unwind_table_bytes(const struct unwind_table *t);
