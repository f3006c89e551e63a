/* What a stack looks like in a profile: which frames it has, in which order, under which
 * root, and whether it counts as work at all. */
#pragma once

#include "model/profile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One stack that was seen 'count' times. */
struct fold_stack {
	const frame_id
		*roots; /* its process, or what else it stands under; outermost first */
	size_t n_roots;
	const frame_id *frames; /* innermost first */
	size_t n;
	uint64_t count, weight;
};

/* The way to the stack that was added last: the next one often begins as it did. A zeroed one
 * is empty. */
struct fold_path {
	VEC(struct fold_step) steps;
};

struct fold_step {
	frame_id frame;
	node_id node;
};

/* Adds a stack to the profile, outermost frame under the roots; returns its node. */
node_id fold_add(struct profile *p, struct fold_path *path,
		 const struct fold_stack *stack);
void fold_path_release(struct fold_path *path);

/* Whether the stack is of a CPU that waits for work: the idle task ('is_idle_task', pid 0)
 * whose innermost frame is one of the kernel's idle functions. The idle task that serves an
 * interrupt is at work. */
bool fold_is_idle(const struct frame_table *frames, const struct fold_stack *stack,
		  bool is_idle_task);

/* The frame of a process's name. */
frame_id fold_root(struct profile *p, const char *comm);
