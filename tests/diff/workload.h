/* Random runs with bursts, always the same: each CPU is in one of twelve phases at a
 * time, each with other shares of the functions. The longer a phase, the burstier the
 * samples. */
#pragma once

#include "diff/diff.h"

enum { FUNCTIONS = 300, PHASES = 12, CPUS = 2, SLICES = 60 };

/* The function that is planted: the same share in all phases. */
enum { PLANTED = 6 };

struct workload {
	uint64_t seed;
	double phase;			/* mean length, s; 0: each sample for itself */
	double upto[PHASES][FUNCTIONS]; /* the sums of their shares */
	double share[FUNCTIONS];
	unsigned hz, seconds;
	/* The CPUs are busy for this part of the time, 1 by default, at the start of the
	 * run and at its end; steadily more or less between. A unit of work takes a tick
	 * times 'cost'. */
	double load[2], cost;
};

struct sampled {
	struct profile profile;
	struct timeline timeline;
	double work, work_slices[SLICES]; /* units */
};

/* Makes a workload with phases of that mean length, whose planted function has that
 * share: 30 s at 99 Hz. */
void workload_make(struct workload *w, double phase, double planted, uint64_t seed);

/* Samples a run: 'extra' of all samples are of the planted function in addition. */
void workload_sample(struct sampled *s, struct workload *w, double extra);
void sampled_release(struct sampled *s);
