/* Callchains of samples that carry the user's registers and a copy of the user stack: the kernel's
 * part is the kernel's own, the user's is unwound. */
#pragma once

#include "model/event.h"
#include "unwind/unwind.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	USER_STACK_FRAMES = 4096, /* at most; the rest is truncated */
	USER_STACK_CHAIN = 8000,  /* words of a chain, at most: a record can hold them */
};

struct user_stack;

/* For recordings of a machine ("x86_64", as uname(2) has it). NULL where flame does not know how
 * its kernel numbers registers. The others outlive it. */
struct user_stack *user_stack_new(const char *machine, struct space_table *spaces,
				  const struct dso_table *dsos,
				  struct unwind_tables *tables);
void user_stack_free(struct user_stack **u);

/* Whether the sample has registers and a stack of a user's program: not of a guest. */
bool user_stack_is_in(const struct sample *s);

/* The chain of a sample for which that is so, in the order and with the marks of callchain.h; the
 * first of its 'n' words is returned and valid until the next call. 'mask' says which registers the
 * sample has (perf_event_attr.sample_regs_user), 'space' where it ran.
 *
 * A stack whose outermost frame was not reached ends with a mark. The user stack of a 32-bit program
 * is the kernel's own, and ends with its mark.
 *
 * NULL where a table is being made: ask again once it is there. */
const uint64_t *user_stack_chain(struct user_stack *u, const struct event *ev,
				 uint64_t mask, space_id space, size_t *n);

/* The same for whoever has time: makes the tables itself. NULL only where they do not fit into the
 * memory that tables may have. */
const uint64_t *user_stack_chain_at_once(struct user_stack *u, const struct event *ev,
					 uint64_t mask, space_id space, size_t *n);

/* The chain of a sample that is not unwound, because too many waited: the kernel's part, the user's
 * instruction alone, and the mark of a truncated stack. The kernel's own user part is not taken,
 * because nothing has checked it. */
const uint64_t *user_stack_bare_chain(struct user_stack *u, const struct event *ev,
				      uint64_t mask, size_t *n);
