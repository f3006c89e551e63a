/* Sums of numbers from inputs, which may be as large as 64 bits allow. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Adds 'n' to *sum. If the result is 2^64 or more, *sum becomes UINT64_MAX and
 * *overflowed true; *overflowed never becomes false. */
static inline void sum_add(uint64_t *sum, uint64_t n, bool *overflowed)
{
	if (__builtin_expect(__builtin_add_overflow(*sum, n, sum), 0)) {
		*sum = UINT64_MAX;
		*overflowed = true;
	}
}
