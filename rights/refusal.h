/* The causes for which recording is refused, each with the command that helps: one line
 * for the user. */
#pragma once

#include "base/error.h"
#include "rights/rights.h"

#include <stddef.h>
#include <stdint.h>

struct refused_target {
	/* the processes of -p, if it is not the whole machine; none for a command */
	const uint32_t *pids;
	size_t n_pids;
	bool whole_machine;
	bool by_filter; /* rights_filter_refuses_events() */
};

/* Sets 'err' after perf_event_open(2) has failed with EACCES or EPERM, even for user
 * space alone. Reads the users of the processes. Returns -1. */
int refusal_of_events(const struct rights *r, const struct refused_target *t,
		      struct error *err);

/* Sets 'err' if even the smallest rings need more memory than this user may lock. Returns
 * -1. */
int refusal_of_rings(const struct rights *r, struct error *err);
