/* DWARF expressions in call frame information. A few kinds of frames need one to find the
 * CFA or a register: stubs of the PLT, signal frames, realigned stacks, some assembly. */
#pragma once

#include "base/bytes.h"
#include "unwind/unwind_regs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A copy of the lower end of a stack. */
struct unwind_stack {
	const uint8_t *data; /* unaligned, in this machine's byte order */
	size_t size;
	uint64_t start; /* addr of the first byte */
	/* Set when a word was needed that is above the copy but can be on the stack. */
	bool is_short;
};

/* The maximum size of a stack; an address further up than that is not on it. */
#define UNWIND_STACK_MAX ((uint64_t)1 << 30)

/* Reads the word at 'addr'; returns false if it is not completely in the copy. */
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

/* Evaluates 'program' for these registers and this stack, with *first on its own stack at
 * the start (NULL: nothing; for rules of registers it is the CFA). Operations and codes:
 * DWARF 5, 2.5 and 7.7.1, without jumps, so that each program ends. Returns false if a
 * register or word is unknown, or an operation damaged or not supported. */
bool unwind_expression(struct bytes program, const struct unwind_regs *regs,
		       struct unwind_stack *stack, const uint64_t *first,
		       uint64_t *result);
