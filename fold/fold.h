/* What a stack looks like in a profile: which frames it has, in which order, under which
 * root, and whether it counts as work at all. */
#pragma once

#include "model/profile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One stack that was seen 'count' times. */
struct fold_stack {
	frame_id root;		/* its process */
	const frame_id *frames; /* innermost first */
	size_t n;
	uint64_t count, weight;
};

/* Adds a stack to the profile, outermost frame under the root. */
void fold_add(struct profile *p, const struct fold_stack *stack);

/* Whether the stack is of a CPU that waits for work: the idle task ('is_idle_task', pid 0)
 * whose innermost frame is one of the kernel's idle functions. The idle task that serves an
 * interrupt is at work. */
bool fold_is_idle(const struct frame_table *frames, const struct fold_stack *stack,
		  bool is_idle_task);

/* The frame of a process's name. */
frame_id fold_root(struct profile *p, const char *comm);
