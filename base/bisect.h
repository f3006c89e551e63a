/* Binary search in anything that has an index. */
#pragma once

#include <stddef.h>

/* Returns the first index from 'low' up to 'high' for which 'is_before' is false, or
 * 'high' if it is true for all. 'is_before' is an expression about an index, the variable
 * 'i' that the macro declares; it must be true up to some index and false from there on.
 *
 * Number of items that start at or before 'addr', in an array sorted by start:
 *
 *     n = bisect(0, v->n, i, v->items[i].start <= addr); */
#define bisect(low, high, i, is_before)                                                  \
	({                                                                               \
		size_t low_ = (low), high_ = (high);                                     \
		while (low_ < high_) {                                                   \
			const size_t i = low_ + (high_ - low_) / 2;                      \
			if (is_before)                                                   \
				low_ = i + 1;                                            \
			else                                                             \
				high_ = i;                                               \
		}                                                                        \
		low_;                                                                    \
	})
