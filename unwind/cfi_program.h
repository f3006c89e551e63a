/* The instructions of call frame information (DWARF 5, 6.4.2, and GNU's DW_CFA_*),
 * executed row by row: each row is a range of code for which one rule holds. */
#pragma once

#include "base/bytes.h"
#include "base/hashmap.h"
#include "base/vec.h"
#include "unwind/unwind_regs.h"
#include "unwind/unwind_rule.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A rule with room for all registers. */
struct cfi_rule {
	struct unwind_rule head;
	struct unwind_saved saved[UNWIND_REGS];
};

/* DWARF expressions of rules. Equal ones are stored once; a rule has the number of its
 * expression. Zero-initialize. */
struct cfi_expressions {
	VEC(uint8_t) bytes;
	VEC(struct cfi_expression) items;
	struct hashmap by_hash;
};

struct cfi_expression {
	uint32_t at, size; /* in 'bytes' */
};

void cfi_expressions_release(struct cfi_expressions *e);

/* The facts of a CIE that its instructions and those of its FDEs need. */
struct cfi_context {
	uint64_t code_align; /* factor of address advances */
	int64_t data_align;  /* factor of offsets */
	unsigned regs;	     /* registers with this number or a larger one are ignored */
	struct cfi_rule start; /* the rule before the first instruction of an FDE */
	struct cfi_expressions *expressions; /* the caller's; new ones are added */
	/* The caller's: the number of instructions that may still be executed. It bounds
	 * the time that a damaged file can take. */
	uint64_t *steps_left;
};

/* Depth of the stack of DW_CFA_remember_state. */
enum { CFI_REMEMBERED = 8 };

struct cfi_program {
	const struct cfi_context *context; /* the caller's */
	struct bytes in;
	uint64_t vaddr, end;
	struct cfi_rule rule;
	struct cfi_rule remembered[CFI_REMEMBERED];
	size_t n_remembered;
	bool is_over;
};

/* Prepares to execute 'in' for the code in [start, end), vaddrs. */
void cfi_program_init(struct cfi_program *p, const struct cfi_context *context,
		      struct bytes in, uint64_t start, uint64_t end);

/* Executes up to the end of the next row: p->rule holds for [*start, *end), which is not
 * empty and begins at the end of the previous row. Returns false after the last row, or
 * if the next instruction is damaged or unknown. */
bool cfi_program_next(struct cfi_program *p, uint64_t *start, uint64_t *end);
