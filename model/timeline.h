/* How a profile's samples are spread over the time of its recording, in slices of equal width. */
#pragma once

#include "base/vec.h"
#include "model/profile.h"

#include <stdint.h>

struct timeline {
	uint64_t start; /* ns on the recording's clock */
	uint64_t width; /* ns of a slice */
	/* Of the whole time, which ends inside of the last slice; none where nothing is known of
	 * times. */
	VEC(struct timeline_slice) slices;
	/* Self counts, by node, then slice, none of them twice or 0. */
	VEC(struct timeline_count) counts;
};

struct timeline_slice {
	uint64_t busy, idle; /* samples; only what is in the profile is in 'busy' */
};

struct timeline_count {
	node_id node;
	uint32_t slice;
	uint64_t count, weight;
};

void timeline_release(struct timeline *t);

/* Puts the counts, which come in any order, into theirs, and sums up what was busy. All of their
 * slices exist. */
void timeline_sort(struct timeline *t);
