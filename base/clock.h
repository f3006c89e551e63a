/* Time in nanoseconds. */
#pragma once

#include <stdint.h>
#include <time.h>

/* Time of 'clock', which must exist on this kernel. */
static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec t = {0};

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Time since some point in the past, of CLOCK_MONOTONIC: for deadlines and durations, and
 * the clock of the samples that flame records. */
static inline uint64_t clock_now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}
