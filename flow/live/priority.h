/* The priority of the recorder while it samples. Copies of stacks fill a ring within a
 * second, so no other process should keep it from reading. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Zero-initialize. */
struct priority {
	int nice; /* of this thread, before */
	bool is_raised;
};

/* Raises the priority of this thread only, if that is allowed. */
void priority_raise(struct priority *p);
void priority_restore(struct priority *p);

/* Raises that of the first thread of another process; 0: none. */
void priority_raise_other(pid_t pid);
