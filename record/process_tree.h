/* A process and all its descendants at one moment, to end them. A descriptor holds each
 * of them, so that a signal never reaches another process with a reused pid. */
#pragma once

#include "base/vec.h"

#include <poll.h>
#include <stddef.h>
#include <sys/types.h>

/* All fields are private. */
struct process_tree {
	pid_t root;
	VEC(struct pollfd) members; /* pidfds of the descendants; -1: ended */
};

/* Opens a child of this process, which must not be reaped before process_tree_release(),
 * and its descendants. If descriptors run out, the others are left out. */
void process_tree_open(struct process_tree *t, pid_t root);

/* Adds the present descendants of the root. */
void process_tree_update(struct process_tree *t);
void process_tree_release(struct process_tree *t);

/* Sends a signal to all processes that have not ended. */
void process_tree_signal(struct process_tree *t, int sig);

/* Waits until all have ended, at most 'ms'. Returns the number of those that have not. */
size_t process_tree_wait(struct process_tree *t, int ms);
