/* When each callchain was sampled: its counts by slices of time, beside those of the whole. */
#pragma once

#include "base/vec.h"

#include <stdint.h>

struct slices {
	uint32_t n;	       /* 0: not wanted */
	uint64_t start, width; /* ns */
	VEC(struct slice_count) counts;
	VEC(uint32_t) latest; /* of each chain: its last one of 'counts', + 1 */
};

/* A chain may have several for one slice. */
struct slice_count {
	uint32_t chain, slice;
	uint64_t count, weight;
};

void slices_release(struct slices *s);

/* Cuts the time from 'first' to 'last', both included, into at most 's->n' slices. */
void slices_cut(struct slices *s, uint64_t first, uint64_t last);

/* One sample of a chain; a time outside of the slices counts in the nearest one. */
void slices_add(struct slices *s, uint32_t chain, uint64_t time, uint64_t weight);
