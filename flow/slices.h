/* Counts of callchains by slices of time. The totals of the chains are elsewhere
 * (counter.h). */
#pragma once

#include "base/vec.h"

#include <stdint.h>

struct slice_count {
	uint32_t chain, slice; /* indexes */
	uint64_t count, weight;
};

/* Set 'n' and zero-initialize the rest; then slices_cut(). */
struct slices {
	uint32_t n;	       /* number of slices; 0: none are wanted */
	uint64_t start, width; /* ns: begin of the first slice, and length of each */
	/* one or more items for each chain and each slice with samples of it */
	VEC(struct slice_count) counts;
	/* private: by chain, 1 + the index of its last item in 'counts', 0: none */
	VEC(uint32_t) latest;
};

void slices_release(struct slices *s);

/* Divides the time from 'first' to 'last' (ns, inclusive) into at most s->n slices of
 * equal width, and sets s->n to their number. An interval that ends before it begins is
 * one slice. Does nothing if s->n is 0. */
void slices_cut(struct slices *s, uint64_t first, uint64_t last);

/* Adds the count and weight of a sample of a chain. A time outside of all slices counts
 * in the nearest one. s->n must not be 0. */
void slices_add(struct slices *s, uint32_t chain, uint64_t time, uint64_t count,
		uint64_t weight);
