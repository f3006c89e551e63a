/* Whether a difference between recordings is more than chance. Samples of a CPU come in bursts,
 * so their counts vary more than those of coin flips; how much more is seen in the slices of a
 * run's time, and between several runs of a side. Pure arithmetic on amounts.
 *
 * A quantity's value on one side is a ratio R = X / N: X its amount, N what amounts are divided
 * by (seconds, or the amount of everything, or units of work), both summed over the slices of all
 * runs of that side. The variance of X in one run is estimated as for a ratio estimator over
 * T slices (Cochran, Sampling Techniques, 3rd ed., 1977, 6.4 and 2.11):
 *
 *     v = sum over t of (x[t] - R n[t])^2 * T / (T - 1)
 *
 * and never below b = X q (1 - X / A), that of independent samples of amount q each, with A the
 * amount of all that could have been sampled. Slices have to be long against the bursts:
 * neighbours are merged until those of all quantities together are nearly uncorrelated, and those
 * of the quantity itself not plainly correlated. What correlation r is left between neighbours
 * multiplies the part of v that is plainly above b by 1 + 2 r / (1 - r^2): the sum of the
 * correlations of slices at all distances k, r r^(2 (k - 1)), which is about what averages of a
 * process have whose correlation falls exponentially (Priestley, Spectral Analysis and Time Series,
 * 1981, 5.3.2: the variance of a mean). r and the variances are freed of the bias that comes from a
 * mean taken over few slices.
 *
 * Where a side has several runs, v is multiplied by how much more its runs differ than their
 * slices predict: the mean over all quantities, which counts like SPREAD_PRIOR more runs, and the
 * quantity itself (as Smyth does with variances of genes, Statistical Applications in Genetics
 * and Molecular Biology 3(1), 2004, article 3).
 *
 * Without slices and with one run a side all that is left is a model:
 * v = D b + (c X (1 - X / A))^2, with c SPREAD_COUNTS, and D so that half of all quantities differ as
 * chance has it, at least SPREAD_LEAST (the genomic control of Devlin and Roeder, Biometrics 55,
 * 1999). It takes most of the differences for chance.
 *
 * Differences are tested by Welch's t with Satterthwaite's degrees of freedom (Welch, Biometrika
 * 34, 1947). */
#pragma once

#include "model/comparison.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The amounts of one run. */
struct series {
	enum side side;
	uint32_t slices;      /* 1: nothing is known of times */
	const float *amounts; /* quantity i in slice t: amounts[i * slices + t] */
	const double *bases;  /* n[t] */
	const double *sums;   /* of each quantity's amounts, */
	double base;	      /* and of the bases */
	double all;	      /* A */
	double quantum;	      /* q */
};

struct several_series {
	const struct series *items;
	size_t n;
	size_t quantities;
};

enum { SPREAD_LEAST_SLICES = 10, SPREAD_PRIOR = 6 };

/* What all quantities together tell of the runs. */
struct spread {
	uint32_t slices;    /* that the finest ones were merged to, 0: there are none */
	double correlation; /* of neighbours, of what is above independent samples */
	double inflation;   /* what v - b is multiplied by */
	double mean;	    /* of v / b */
	bool is_short; /* neighbours are correlated even where the slices are fewest */
	bool has_runs;
	double between;	   /* how much more runs differ than their slices predict */
	double dispersion; /* D, where there are neither slices nor several runs */
};

/* One quantity's difference; as struct change has them. */
struct difference {
	double value[SIDES], delta, low, high, p;
	double error;	 /* the standard error of 'delta', */
	double freedom;	 /* its degrees of freedom, */
	double per_unit; /* and by how much its square grows with the value after */
};

void spread_fit(struct spread *s, const struct several_series *runs);

/* Tests quantity 'i'. What is 0 on both sides has p 1. */
void spread_test(const struct spread *s, const struct several_series *runs, size_t i,
		 struct difference *d);

/* The difference that is shown four times of five where a p of up to 'critical' shows one. */
double difference_smallest(const struct difference *d, double critical);

/* Up to which p of these 'n', which it sorts, differences are shown so that no more than the share
 * 'fdr' of those is expected to be chance; '*found' is their number (Benjamini and Hochberg,
 * Journal of the Royal Statistical Society B 57, 1995). Where there are none it is the p that one
 * would need. */
double false_discovery_limit(double *p, size_t n, double fdr, size_t *found);
