/* One run of one side of a comparison. */
#pragma once

#include "model/comparison.h"
#include "model/profile.h"
#include "model/timeline.h"

#include <stdbool.h>
#include <stdint.h>

struct diff_run {
	enum side side;
	const struct profile *profile;
	const struct timeline *timeline; /* of 'profile'; NULL or no slices: no times */
	uint64_t idle, lost;		 /* samples, not in the profile */
	uint64_t lost_side_band;	 /* records of processes and mappings */
	uint32_t cpus;			 /* of the machine, 0: unknown */
	bool weights;	/* compare the profile's weights, else its counts */
	double unit;	/* CPU seconds per count (or per unit of weight), or 1 */
	double counts;	/* of one sample, for counts with fractions; 0: 1 */
	double seconds; /* duration; more than 0 for MEASURE_RATE */
	double work;	/* units of work done; more than 0 for MEASURE_WORK */
	/* the same of each slice of 'timeline'; NULL: unknown */
	const double *work_slices;
};

/* The amount of some samples: CPU seconds, or counts or weights. */
static inline double diff_run_amount(const struct diff_run *run, uint64_t count,
				     uint64_t weight)
{
	return (double)(run->weights ? weight : count) * run->unit;
}
