/* The values of one quantity on both sides, and their variances. */
#pragma once

#include "diff/spread.h"

/* One quantity in all runs. */
struct estimate {
	double sum[SIDES], base[SIDES]; /* X, N */
	double variance[SIDES];		/* of X / N */
	double freedom;
	double independent, quantum; /* b and q of the side after */
	double between;	  /* how much more runs differ than 'variance' predicts */
	uint32_t repeats; /* degrees of freedom of 'between': runs minus sides */
};

/* Estimates the values and variances of a quantity, with the slices or the dispersion
 * of 's'; with neither, the variances are those of independent samples. */
void estimate_make(struct estimate *e, const struct spread *s,
		   const struct several_series *runs, size_t quantity);

/* The value after less the value before. */
double estimate_delta(const struct estimate *e);
