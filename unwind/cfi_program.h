/* The instructions of call frame information (DWARF 5, 6.4.2, and GNU's own), executed row by
 * row. */
#pragma once

#include "base/bytes.h"
#include "base/hashmap.h"
#include "base/vec.h"
#include "unwind/unwind_regs.h"
#include "unwind/unwind_rule.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A rule on its way: room for all registers. */
struct cfi_rule {
	struct unwind_rule head;
	struct unwind_saved saved[UNWIND_REGS];
};

/* Expressions, each once, known by their numbers. */
struct cfi_expressions {
	VEC(uint8_t) bytes;
	VEC(struct cfi_expression) items;
	struct hashmap by_hash;
};

struct cfi_expression {
	uint32_t at, size; /* in 'bytes' */
};

void cfi_expressions_release(struct cfi_expressions *e);

/* What instructions mean here. */
struct cfi_context {
	uint64_t code_align;
	int64_t data_align;
	unsigned regs;			     /* that matter: the numbers below it */
	struct cfi_rule start;		     /* at the beginning */
	struct cfi_expressions *expressions; /* somebody else's */
	/* Somebody else's: how many steps may still be taken, which bounds what a damaged file
	 * costs. */
	uint64_t *steps;
};

enum { CFI_REMEMBERED = 8 };

struct cfi_program {
	const struct cfi_context *context; /* somebody else's */
	struct bytes in;
	uint64_t vaddr, end;
	struct cfi_rule rule;
	struct cfi_rule remembered[CFI_REMEMBERED];
	size_t n_remembered;
	bool is_over;
};

/* Begins to execute 'in', for the code in [start, end). */
void cfi_program_init(struct cfi_program *p, const struct cfi_context *context,
		      struct bytes in, uint64_t start, uint64_t end);

/* The next row: p->rule holds for [*start, *end), which is not empty and begins where the one
 * before ended. False behind the last one, or where an instruction is not to be understood. */
bool cfi_program_next(struct cfi_program *p, uint64_t *start, uint64_t *end);
