/* Keeps the recorder's own CPU time below a limit, by fewer samples, and then by
 * shorter copies of stacks. */
#pragma once

#include "base/vec.h"
#include "flow/live/rate_control.h"
#include "model/run_info.h"
#include "record/sampler.h"

#include <stdbool.h>
#include <stdint.h>

/* All fields are private. */
struct cost_limit {
	struct rate_control control;
	struct sampler *sampler;
	uint64_t frequency, cpus;
	/* The current window: its begin, own CPU time then, and for samples since. */
	uint64_t since, own_before, samples;
	/* CPU time of other processes so far: all, for samples, and that when the window
	 * began. */
	uint64_t others, others_samples, others_before;
	uint64_t samples_before; /* CPU time of this thread when it began with samples */
	VEC(struct rate_change) changes;
	uint32_t copy_size, copy_least; /* bytes: of all copies, of the shortest ones */
	uint64_t start;			/* ns, CLOCK_MONOTONIC */
};

/* Begins the first window. 'per_cent' of the CPU time of 'cpus' CPUs, above 0; 100 or
 * more: no limit. 'frequency' in samples/s of each CPU. */
void cost_limit_begin(struct cost_limit *c, struct sampler *sampler, double per_cent,
		      uint64_t frequency, uint64_t cpus);
void cost_limit_release(struct cost_limit *c);

/* The calling thread begins to read, unwind and write samples, and ends. */
void cost_limit_samples_begin(struct cost_limit *c);
void cost_limit_samples_end(struct cost_limit *c);

/* Before the call below: the CPU time that other processes of the recorder have used so
 * far, in total and for samples, ns. */
void cost_limit_others(struct cost_limit *c, uint64_t all, uint64_t samples);

/* To be called several times a second: ends the window if it lasted a second, or less if
 * the cost is far above the limit, and changes the rate or the copies if needed. */
void cost_limit_check(struct cost_limit *c);

/* Between cost_limit_samples_begin() and cost_limit_samples_end(): does the same. */
void cost_limit_pause(struct cost_limit *c);

/* The recording has ended: the rate stays, while the last samples are read. */
void cost_limit_end(struct cost_limit *c);

/* Stores the rates that were used until 'end' (ns, CLOCK_MONOTONIC), if the rate was
 * lowered, and the size of the shortest copies, if they were shortened. */
void cost_limit_store(struct cost_limit *c, uint64_t end, struct run_info *info);
