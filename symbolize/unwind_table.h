/* The rules of one ELF file: for each byte of its code, where the frame's caller left its
 * registers. */
#pragma once

#include "base/bytes.h"
#include "symbolize/elf_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum unwind_how {
	UNWIND_AT_CFA,	  /* in memory at the CFA + 'value' */
	UNWIND_CFA,	  /* it is the CFA + 'value' */
	UNWIND_REGISTER,  /* in register 'value' */
	UNWIND_AT_RESULT, /* in memory where expression 'value' says */
	UNWIND_RESULT,	  /* it is what expression 'value' gives */
	UNWIND_UNDEFINED, /* lost */
};

struct unwind_saved {
	uint8_t reg; /* DWARF number */
	uint8_t how; /* enum unwind_how */
	int32_t value;
};

/* How a frame is left. The canonical frame address (CFA), which is the stack pointer of the caller
 * behind its call, is register 'cfa_reg' + 'cfa', or what expression 'cfa' gives. Registers that
 * are not listed are unchanged. */
struct unwind_rule {
	int32_t cfa;
	uint8_t cfa_reg; /* UNWIND_NO_REG: an expression */
	uint8_t ra;	 /* the register that has the return address */
	bool is_signal;	 /* what is returned to was interrupted, and did not call */
	uint8_t n;
	struct unwind_saved saved[]; /* by register */
};

enum { UNWIND_NO_REG = 255 };

struct unwind_table;

/* The rules in .eh_frame, and where that says nothing those in .debug_frame, of a file for x86-64
 * or arm64, which it does not need any more. NULL where it has none, or the table would be larger
 * than 'most_bytes'. */
struct unwind_table *unwind_table_new(struct elf_file *f, size_t most_bytes);
void unwind_table_free(struct unwind_table **t);

/* The rule for the instruction at 'file_off', or NULL. */
const struct unwind_rule *unwind_table_find(const struct unwind_table *t,
					    uint64_t file_off);

/* Expression 'number' of one of its rules. */
struct bytes unwind_table_expression(const struct unwind_table *t, int32_t number);

size_t unwind_table_rows(const struct unwind_table *t);
size_t unwind_table_bytes(const struct unwind_table *t);
