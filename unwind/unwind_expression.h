/* DWARF expressions as call frame information has them: a few kinds of frames (stubs of the PLT,
 * signal frames, realigned stacks, some assembly) say by one where things are. */
#pragma once

#include "base/bytes.h"
#include "unwind/unwind_regs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A copy of a stack. */
struct unwind_stack {
	const uint8_t *data; /* unaligned, of the byte order of this machine */
	size_t size;
	uint64_t start; /* addr of the first byte */
	bool is_short;	/* something was wanted that lies behind the last */
};

/* How far above the copy the stack may still be; what is farther away was never on it. */
#define UNWIND_STACK_MAX ((uint64_t)1 << 30)

static inline bool unwind_stack_word(struct unwind_stack *s, uint64_t addr,
				     uint64_t *word)
{
	uint64_t at = addr - s->start;

	if (s->size < sizeof(*word) || at > s->size - sizeof(*word)) {
		s->is_short |= at < UNWIND_STACK_MAX;
		return false;
	}
	memcpy(word, s->data + at, sizeof(*word));
	return true;
}

/* What 'program' gives for these registers; 'first' is on its stack when it starts (the CFA, for
 * rules of registers). Operations and their codes: DWARF 5, 2.5 and 7.7.1, without jumps, so that
 * each ends. False for one that asks for what is not known, or is not to be understood. */
bool unwind_expression(struct bytes program, const struct unwind_regs *regs,
		       struct unwind_stack *stack, const uint64_t *first,
		       uint64_t *result);
