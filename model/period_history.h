/* The periods of a clock's samples on one CPU, while the recorder changes the period. The
 * kernel goes on to store the first period, and begins a new interval at each change. */
#pragma once

#include "base/vec.h"
#include "model/run_info.h"

#include <stdint.h>

/* Zero-initialize: each sample stands for one period. All fields are private. */
struct period_history {
	VEC(struct rate_change) changes; /* after the last sample */
	uint64_t divisor;		 /* at the last sample; 0: 1 */
	uint64_t last;			 /* its time; 0: none yet */
};

void period_history_release(struct period_history *h);

/* From 'time' on the kernel takes one sample of 'divisor', at least 1. Times never
 * fall. */
void period_history_change(struct period_history *h, uint64_t time, uint64_t divisor);

/* Returns how many first periods the sample at 'time' stands for: those of the divisor at
 * that time; after a change also the part of the interval that the change cut off.
 * 'period' is the first period, ns. Samples come in the order of their times, also long
 * after later changes. */
uint64_t period_history_count(struct period_history *h, uint64_t time, uint64_t period);
