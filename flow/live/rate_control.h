/* Decides how many samples are taken, and how much of each stack is read, so that the
 * recorder's own CPU time stays below a limit. Arithmetic only: the caller measures and
 * acts. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Samples/s of each CPU below which the rate does not fall. */
enum { RATE_MIN = 19 };

struct rate_control {
	double limit;	      /* own CPU time as a part of the machine's, 0 to 1 */
	uint64_t divisor;     /* one sample of so many is taken: 1, 2, 4, ... */
	uint64_t divisor_max; /* 1: the rate stays as it is */
	/* A part of each stack copy is read: all, 1/2, 1/4, ... */
	uint32_t copy_divisor, copy_divisor_max;
	unsigned calm, patience; /* calm windows in a row, and before the rate rises */
	bool has_risen;
};

/* Own CPU time in a window of about a second, as parts of the machine's. */
struct rate_cost {
	double all;	/* of all threads */
	double samples; /* part of it, to read, unwind and write samples */
};

/* 'frequency' in samples/s of each CPU. Stack copies are read whole. */
void rate_control_init(struct rate_control *c, double limit, uint64_t frequency);

/* There are stack copies of 'size' bytes, of which at least 'least' are read. */
void rate_control_copies(struct rate_control *c, uint32_t size, uint32_t least);

/* Applies the cost of a window, and returns the divisor for the next one. The rate falls
 * at once, as far as samples must get cheaper for all to stay below the limit, but not if
 * samples cost less than a quarter of the limit: then it would not help.
 *
 * The rate doubles after a time with room to spare, or at once with plenty of room. A
 * rise that had to be taken back doubles that time, from then on also with plenty.
 *
 * At the lowest rate the copies are halved instead, and doubled before the rate rises. */
uint64_t rate_control_step(struct rate_control *c, const struct rate_cost *cost);
