/* How much the runs of a side differ, as a multiple of what their slices predict. */
#pragma once

#include "diff/spread.h"

/* The least and the largest number of runs as which the median of all quantities counts
 * for each of them. */
#define RUN_PRIOR_LEAST 6.0
#define RUN_PRIOR_MOST	60.0

/* Sets has_runs, between and prior_runs. */
void run_spread_fit(struct spread *s, const struct several_series *runs);
