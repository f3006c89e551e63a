/* Slices of the runs' time that are long enough to be nearly uncorrelated. */
#pragma once

#include "diff/spread.h"

/* The numbers of slices to try, the greatest first. */
enum { SLICE_COUNTS = 6 };
extern const uint32_t slice_counts[SLICE_COUNTS];

/* Sets the number of slices, their correlation, the inflation, the mean and is_short.
 * Changes nothing if a run has fewer slices than SPREAD_LEAST_SLICES. */
void slice_spread_fit(struct spread *s, const struct several_series *runs);
