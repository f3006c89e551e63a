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
	const struct timeline
		*timeline;   /* of 'profile'; without slices: times are unknown */
	uint64_t idle, lost; /* samples, not in the profile */
	uint32_t cpus;	     /* of the machine, 0: unknown */
	bool weights;	/* the profile's weights are what is compared, else its counts */
	double unit;	/* what one of these stands for: seconds of CPU time, or 1 */
	double seconds; /* that the run took; more than 0 for MEASURE_RATE */
	double work;	/* units done in it; more than 0 for MEASURE_WORK */
};

/* What samples of the run amount to. */
static inline double diff_run_amount(const struct diff_run *run, uint64_t count,
				     uint64_t weight)
{
	return (double)(run->weights ? weight : count) * run->unit;
}
