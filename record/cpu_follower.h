/* Keeps the events of a recording open on the CPUs that are online. */
#pragma once

#include "record/band.h"
#include "record/cpu_watch.h"
#include "record/data/event_specs.h"
#include "record/descendants.h"
#include "record/target.h"

#include <stdbool.h>
#include <stdint.h>

struct cpu_follower {
	struct cpu_watch watch;
	const struct target *target;
	const struct event_specs *specs; /* with ids */
	struct band *side_band, *samples;
	struct descendants *descendants; /* NULL: the whole machine is recorded */
	uint64_t slept;			 /* ns of suspend until now */
	uint32_t n_refused;		 /* CPUs that came and could not be opened */
};

/* Begins to watch the CPUs. The target must outlive the follower. */
void cpu_follower_init(struct cpu_follower *f, const struct target *target);
void cpu_follower_release(struct cpu_follower *f);

/* Once a second, opens the events of CPUs that came, and closes those of CPUs that went.
 * Events of tasks stay open: they count again when their CPU is back. Returns whether
 * events were opened. */
bool cpu_follower_check(struct cpu_follower *f, uint64_t now);
