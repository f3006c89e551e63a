/* The input of the tests of differences, and what they estimate from it. The symbols are
 * those of diff/significance.h. */
#pragma once

#include "model/comparison.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The amounts of one run. */
struct series {
	enum side side;
	uint32_t slices;      /* at least 1; 1: times are unknown */
	const float *amounts; /* quantity i in slice t: amounts[i * slices + t] */
	const double *bases;  /* n[t], the part of N in slice t */
	const double *sums;   /* sums[i]: of all amounts of quantity i */
	double base;	      /* sum of all bases */
	double all;	      /* A: the amount of all that could have been sampled */
	/* The variance of the sum of all samples, divided by the square of that sum. 0 if
	 * the bases do not come from that sum. */
	double total_variance;
	double quantum; /* q: the amount of one sample */
};

/* The runs of both sides, at least one of each. */
struct several_series {
	const struct series *items;
	size_t n;
	size_t quantities;
	/* Quantities of which no two share samples: each shows the spread anew.
	 * NULL: all quantities. */
	const uint32_t *apart;
	size_t n_apart;
	/* The spread that the user gave: the variance of counts, as a multiple of that
	 * of independent ones. 0: estimated. */
	double spread;
};

enum { SPREAD_LEAST_SLICES = 10 };

/* The factor by which most quantities moved together: common_factor.h. */
struct common_factor {
	double log;   /* logarithm of after / before, 0: unknown */
	double error; /* the standard error of 'log' */
	size_t n;     /* the number of quantities that it comes from */
	/* It is more than chance, and explains most of what changed. */
	bool is_common;
};

/* The spread of the runs, estimated from all quantities together. */
struct spread {
	uint32_t slices;    /* number of slices after merging, 0: there are no times */
	double correlation; /* r, of the spread above independent samples */
	double inflation;   /* factor of v - b */
	double mean;	    /* of v / b */
	/* even the fewest slices are correlated: the runs are too short */
	bool is_short;
	bool has_runs; /* a side has several */
	/* variance between runs, as a multiple of the one that their slices predict: the
	 * median of all quantities, and for how many more runs it counts */
	double between, prior_runs;
	double dispersion; /* D, 0: the model is not used */
	double variation;  /* c of the model */
	/* degrees of freedom of the model's variance above that of independent samples;
	 * 0: it is given, not estimated */
	double freedom;
	struct common_factor factor;
};
