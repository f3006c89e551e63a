/* Tests whether a difference between recordings is more than chance. Samples of a CPU
 * come in bursts, so their counts vary more than a binomial distribution. How much
 * more is estimated from the slices of a run's time, and from several runs of a side.
 * Pure arithmetic on amounts.
 *
 * A quantity is the total or the self of a function or of a node. Its value on one side
 * is a ratio R = X / N. X is its amount (samples, or weights). N is the divisor of all
 * amounts: seconds, the amount of all samples, or units of work.
 * Both are sums over the slices of all runs of that side. The variance of X in one run
 * is that of a ratio estimator over T slices (Cochran, Sampling Techniques, 3rd ed.,
 * 1977, 6.4 and 2.11):
 *
 *     v = sum over t of (x[t] - R n[t])^2 * T / (T - 1)
 *
 * It is never less than b = X q (1 - X / A), the variance of independent samples. Here
 * q is the amount of one sample, and A is the amount of all that could have been
 * sampled.
 *
 * Slices must be longer than the bursts. So neighbours are merged until the slices of
 * all quantities together are nearly uncorrelated, and those of the quantity itself
 * are not plainly correlated. If the remaining correlation of neighbours is r, the
 * part of v that is plainly above b is multiplied by 1 + 2 r / (1 - r^2). That is the
 * sum of the correlations at all distances k, r r^(2 (k - 1)): about that of averages
 * of a process with exponentially decreasing correlation (Priestley, Spectral Analysis
 * and Time Series, 1981, 5.3.2: the variance of a mean). r and the variances are
 * corrected for the bias of a mean over few slices.
 *
 * Without slices a model replaces them, v = D b + (c X (1 - X / A))^2. D and c come
 * from all quantities that share no samples: how they differ between the runs of a
 * side, or, with one run of each side, from the factor by which most of them moved.
 * Quantities that changed do not count (dispersion.h).
 *
 * If a side has several runs, v is multiplied by a factor: how much more the runs
 * differ than their slices, or the model, predict. The factor combines that of the
 * quantity itself with the median of all quantities, which counts as several more runs
 * (as Smyth does with variances of genes, Statistical Applications in Genetics and
 * Molecular Biology 3(1), 2004, article 3).
 *
 * A cost per unit of work is the product of a function's share, with the variance of a
 * ratio as above (n is the sum of all samples), and of the sum of all samples per unit,
 * which has the variance of independent samples. If the work of each slice is known, n
 * is that work.
 *
 * If all these variances are 0 and yet the sides differ (all samples before, none
 * after), the standard error is that of two samples on each side: about the limit that
 * a binomial distribution sets.
 *
 * If most quantities moved by one factor, each is also tested against that factor
 * (common_factor.h).
 *
 * Differences are tested by Welch's t with Satterthwaite's degrees of freedom (Welch,
 * Biometrika 34, 1947). */
#pragma once

#include "diff/spread.h"

#include <stddef.h>

/* The difference of one quantity; see struct change. */
struct difference {
	double value[SIDES], delta, low, high, p;
	/* the same probability for the difference from the common factor; 0: there is
	 * none */
	double p_factor;
	double error;	 /* the standard error of 'delta' */
	double freedom;	 /* degrees of freedom of 'error' */
	double per_unit; /* growth of error^2 per unit of the value after */
};

/* Estimates the spread from all runs. */
void spread_fit(struct spread *s, const struct several_series *runs);

/* Tests quantity 'i' and fills *d. 's' must be the result of spread_fit() for the same
 * runs. The p of a quantity that is 0 on both sides is 1. */
void spread_test(const struct spread *s, const struct several_series *runs, size_t i,
		 struct difference *d);

/* Returns the difference that gets a verdict four times out of five, if differences
 * with a p up to 'critical' get one. */
double difference_smallest(const struct difference *d, double critical);

/* Returns the largest p for a verdict, such that of all verdicts at most the share
 * 'fdr' is expected to be wrong (Benjamini and Hochberg, Journal of the Royal
 * Statistical Society B 57, 1995). Sorts the 'n' items of 'p', none of which may be a
 * NaN, and sets '*found' to the number of verdicts. If there are none, it returns the
 * p that a single verdict would need. */
double false_discovery_limit(double *p, size_t n, double fdr, size_t *found);
