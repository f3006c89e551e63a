/* The cgroups of samples on a kernel that does not tell them. Before a controller was
 * enabled in the topmost group, the kernel has no groups for perf events: all samples
 * have the id of the topmost one. Then the group is that of the process, while it can
 * still be seen, else none. */
#pragma once

#include "model/event.h"
#include "record/data/event_specs.h"

#include <stdbool.h>
#include <stddef.h>

struct sample_cgroups;

/* For the samples of these events. Returns NULL if the kernel always tells the groups, or
 * none: all functions accept that. */
struct sample_cgroups *sample_cgroups_new(const struct event_specs *specs);
void sample_cgroups_free(struct sample_cgroups **g);

/* Returns the record, or a copy with another cgroup, which is valid until the next call.
 * Reads /proc for a process that was not looked at for a second; for the first 100 in a
 * second, others have no group. */
const void *sample_cgroups_apply(struct sample_cgroups *g, const void *record,
				 size_t size);

/* Sets *ev to an EVENT_CGROUP of a group that a sample got, and that may be newer than
 * the recording; its path is valid until the next call. Returns false after the last. */
bool sample_cgroups_next(struct sample_cgroups *g, struct event *ev);
