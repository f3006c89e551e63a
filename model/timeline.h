/* A profile's samples over the time of its recording, in slices of equal width. */
#pragma once

#include "base/vec.h"
#include "model/profile.h"

#include <stdbool.h>
#include <stdint.h>

struct timeline {
	/* ns on the recording's clock */
	uint64_t start;
	/* ns of a slice */
	uint64_t width;
	/* All slices of the recording, which ends inside of the last one. None if times
	 * are unknown. */
	VEC(struct timeline_slice) slices;
	/* Self counts above 0, one for each node and slice, by node, then slice. */
	VEC(struct timeline_count) counts;
	/* sums of all slices; has_overflow: one of them is 2^64 or more */
	uint64_t busy, idle, weight;
	bool has_overflow;
};

struct timeline_slice {
	/* samples; only those in the profile are busy */
	uint64_t busy, idle;
};

struct timeline_count {
	node_id node;
	uint32_t slice;
	uint64_t count, weight;
};

void timeline_release(struct timeline *t);

/* Sorts counts that were appended in any order, adds up those of the same node and slice,
 * and fills 'busy' of the slices, and the sums. Their slices must exist. */
void timeline_sort(struct timeline *t);
