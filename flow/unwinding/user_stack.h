/* Callchains of samples that carry registers and a copy of the user stack. The kernel's
 * part of the chain is taken from the sample; the user's part is unwound from the
 * copy. */
#pragma once

#include "model/event.h"
#include "unwind/unwind.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	USER_STACK_FRAMES = 4096, /* the most frames; deeper stacks are truncated */
	/* The most words of a chain: the chain still fits into a record of 64 KiB. */
	USER_STACK_CHAIN = 8000,
};

struct user_stack;

/* For the samples of one machine, the one of uname(2): "x86_64" or "aarch64". Returns
 * NULL for other machines and for NULL. The other parameters must outlive the result. */
struct user_stack *user_stack_new(const char *machine, struct space_table *spaces,
				  const struct dso_table *dsos,
				  struct unwind_tables *tables);

/* Accepts a pointer to NULL. */
void user_stack_free(struct user_stack **u);

/* Whether the sample has registers and a stack of a user program, not of a guest. Must be
 * true of the sample in each of the calls below. */
bool user_stack_is_in(const struct sample *s);

/* Returns the chain of a sample, with the order and the marks of callchain.h, and stores
 * the number of its words in '*n'. Valid until the next call. 'mask' is
 * perf_event_attr.sample_regs_user: the registers that the sample has. 'space' is the
 * address space of its process.
 *
 * If the outermost frame was not reached, the chain ends with a mark: CALLCHAIN_TRUNCATED
 * or CALLCHAIN_BROKEN. The stack of a 32-bit program is not unwound: it is the kernel's
 * user part, and ends with CALLCHAIN_32_BIT.
 *
 * Returns NULL if an unwind table is missing. The table is then requested from the
 * tables; the call may be repeated when they have changed. */
const uint64_t *user_stack_chain(struct user_stack *u, const struct event *ev,
				 uint64_t mask, space_id space, size_t *n);

/* The same, but makes missing tables itself, which takes milliseconds for each. Returns
 * NULL only if the tables do not fit into the memory for tables. */
const uint64_t *user_stack_chain_at_once(struct user_stack *u, const struct event *ev,
					 uint64_t mask, space_id space, size_t *n);

/* The chain without unwinding: the kernel's part, the user's instruction, and
 * CALLCHAIN_TRUNCATED. The kernel's user part is left out, because nothing has checked
 * it. */
const uint64_t *user_stack_chain_truncated(struct user_stack *u, const struct event *ev,
					   uint64_t mask, size_t *n);
