/* The times of samples that are read before anybody knows how long they last, cut into
 * the slices of a timeline. */
#pragma once

#include "base/vec.h"
#include "model/timeline.h"

#include <stdbool.h>

/* Set max_slices and zero-initialize the rest. */
struct text_times {
	uint32_t max_slices; /* 0: no times are kept */
	bool are_missing;    /* a sample has none */
	VEC(struct text_time) items;
};

struct text_time {
	uint64_t time, weight;
	node_id node;
};

/* Adds a sample; a time of 0 is unknown. */
void text_times_add(struct text_times *s, uint64_t time, node_id node, uint64_t weight);

/* Fills an empty timeline: at most max_slices slices from the first sample to the last
 * one. Leaves it empty if a sample has no time. */
void text_times_cut(const struct text_times *s, struct timeline *t);
void text_times_release(struct text_times *s);
