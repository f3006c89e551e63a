/* The rules of one ELF file: for each byte of its code, where the frame's caller left its
 * registers. */
#pragma once

#include "base/bytes.h"
#include "symbolize/elf_file.h"
#include "symbolize/unwind_rule.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unwind_table;

/* The rules in .eh_frame, and where that says nothing those in .debug_frame, of a file for x86-64
 * or arm64, which is the table's from now on, and closed where there is none; its descriptor is not
 * needed any more. What describes the frames of a function is found now (in the linker's
 * .eh_frame_hdr if there is one), and compiled when a rule of it is first asked for. NULL where the
 * file has no rules, or the table would be larger than 'most_bytes'; it does not grow beyond that
 * either. */
struct unwind_table *unwind_table_new(struct elf_file *f, size_t most_bytes);
void unwind_table_free(struct unwind_table **t);

/* The rule for the instruction at 'file_off', or NULL; valid as long as the table. */
const struct unwind_rule *unwind_table_find(struct unwind_table *t, uint64_t file_off);

/* Expression 'number' of one of its rules; valid until the next look-up. */
struct bytes unwind_table_expression(const struct unwind_table *t, int32_t number);

/* What was compiled so far, and what all of it takes. */
size_t unwind_table_rows(const struct unwind_table *t);
size_t unwind_table_bytes(const struct unwind_table *t);
