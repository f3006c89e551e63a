/* The processes that a target has started while it is recorded. Their events are
 * inherited, except those of CPUs that come later. */
#pragma once

#include "base/vec.h"

#include <stddef.h>
#include <stdint.h>

struct descendants;

struct pid_list {
	VEC(uint32_t) items;
};

struct descendants *descendants_new(void);

/* Accepts a pointer to NULL. */
void descendants_free(struct descendants **d);

/* Reads a record of the side band: a fork adds a process, its exit removes it; any other
 * record is ignored. */
void descendants_read(struct descendants *d, const void *record, size_t size);

/* Appends all processes, in any order. Any thread may call this. */
void descendants_list(struct descendants *d, struct pid_list *pids);
void pid_list_release(struct pid_list *pids);
