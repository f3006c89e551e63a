/* Adds stacks to a profile: their frames, in order, under their roots. */
#pragma once

#include "model/profile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One stack that was sampled 'count' times. */
struct fold_stack {
	/* Frames that flame adds above the stack: process, thread, container; outermost
	 * first. */
	const frame_id *roots;
	size_t n_roots;
	const frame_id *frames; /* innermost first */
	size_t n;
	uint64_t count, weight; /* 'weight' is the sum over all samples */
};

/* The path of the previous stack. The next stack often shares its outer frames, and
 * they need not be looked up again. Zero-initialize. */
struct fold_path {
	VEC(struct fold_step) steps; /* outermost first */
};

struct fold_step {
	frame_id frame;
	node_id node;
};

/* Adds a stack to the profile, its outermost frame under its last root. Returns the
 * node of the innermost frame. A path belongs to one profile: use it for no other. */
node_id fold_add(struct profile *p, struct fold_path *path,
		 const struct fold_stack *stack);
void fold_path_release(struct fold_path *path);

/* Returns true if the stack is that of an idle CPU: it is a stack of the idle task
 * ('is_idle_task', pid 0), and its innermost frame is one of the kernel's idle
 * functions. Interrupts of the idle task are work. */
bool fold_is_idle(const struct frame_table *frames, const struct fold_stack *stack,
		  bool is_idle_task);

/* Whether any frame is a function of the idle loop: the CPU was idle, or an interrupt
 * came while it was. */
bool fold_has_idle(const struct frame_table *frames, const struct fold_stack *stack);

/* Returns the root frame of processes with the name 'comm'; adds it if it is new. */
frame_id fold_root(struct profile *p, const char *comm);
