/* The processes that a target has started while it is recorded. Their events are
 * inherited, except those of CPUs that come later. If the events are those of CPUs, these
 * processes and the target's own are found here: descendants_limit(). */
#pragma once

#include "base/vec.h"
#include "record/data/sample_layout.h"

#include <stdbool.h>
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

/* From now on, descendants are the processes that these ones start, and their
 * descendants: descendants_read() reads the records of all processes. To be called again
 * when the records begin, with the same processes: children without a record of their
 * fork are no descendants. */
void descendants_limit(struct descendants *d, const uint32_t *pids, size_t n);

/* Whether a process is one of the target or a descendant. The parents of a process whose
 * fork was not read yet are found in /proc. Any thread may call this. */
bool descendants_include(struct descendants *d, uint32_t pid);

/* As descendants_read(). Returns whether the record is one of the target: of its
 * processes, or of no process. */
bool descendants_own(struct descendants *d, const void *record, size_t size);

/* Whether a record of sampling events is a sample of the target, or no sample. 'layout'
 * is that of the samples. */
bool descendants_own_sample(struct descendants *d, const void *record, size_t size,
			    const struct sample_layout *layout);

/* Appends all processes, in any order. Any thread may call this. */
void descendants_list(struct descendants *d, struct pid_list *pids);
void pid_list_release(struct pid_list *pids);
