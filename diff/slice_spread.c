#include "diff/slice_spread.h"

#include "diff/amounts.h"

#include <math.h>

/* Slices are merged while the correlation of neighbours is greater than this. */
static const double UNCORRELATED = 0.25;
/* If it is still greater than this with the fewest slices, the runs are too short. */
static const double TOO_SHORT = 0.35;
/* Few slices cannot show more correlation. */
static const double MOST_CORRELATED = 0.6;
/* Lower limit of the variance above that of independent samples, as a part of the
 * latter: it is a divisor. */
static const double LEAST_EXCESS = 0.05;

/* At most about so many quantities are used to estimate the correlation. */
enum { QUANTITIES_USED = 1000 };

const uint32_t slice_counts[SLICE_COUNTS] = {60, 30, 20, 15, 12, SPREAD_LEAST_SLICES};

/* The mean scatter of all quantities in all runs, in units of the variance of
 * independent samples. The more a quantity varies, the smaller its weight: a few very
 * bursty quantities must not dominate. */
static struct scatter mean_scatter(const struct several_series *runs, uint32_t slices)
{
	size_t step = runs->quantities / QUANTITIES_USED + 1;
	struct scatter mean = {0};
	double weights = 0;

	for (size_t r = 0; r < runs->n; r++)
		for (size_t i = 0; i < runs->quantities; i += step) {
			const struct series *series = &runs->items[r];
			struct amount a = amount_of(series, i);
			struct scatter s;

			if (!(a.independent > 0))
				continue;
			s = scatter_of(series, i, a.sum / a.base, slices);
			mean.square += s.square / (s.square + a.independent);
			mean.product += s.product / (s.square + a.independent);
			weights += a.independent / (s.square + a.independent);
		}
	if (weights > 0) {
		mean.square /= weights;
		mean.product /= weights;
	}
	return mean;
}

/* Estimates the correlation of neighbours from 'mean', and the inflation from the
 * correlation. R is a mean over few slices, which removes a part of the long waves
 * from all e: the sum of e^2 is too small by the variance of the whole sum divided by
 * T, and so is the sum of the products. That variance depends on the correlation,
 * hence the iteration. */
static void correlation_fit(struct spread *s, const struct scatter *mean, double slices)
{
	double excess = 0, whole = mean->square, r = 0;

	s->mean = mean->square * slices / (slices - 1);
	for (int i = 0; i < 30; i++) {
		excess = fmax(LEAST_EXCESS, mean->square + whole / slices - 1);
		r = (mean->product + whole / slices) / excess;
		r = fmax(0, fmin(MOST_CORRELATED, r));
		whole = 1 + excess * (1 + 2 * r / (1 - r * r));
	}
	s->correlation = r;
	s->inflation = fmax(1, (whole - 1) / fmax(LEAST_EXCESS, s->mean - 1));
}

void slice_spread_fit(struct spread *s, const struct several_series *runs)
{
	uint32_t least = UINT32_MAX;

	for (size_t r = 0; r < runs->n; r++)
		if (runs->items[r].slices < least)
			least = runs->items[r].slices;
	if (least < SPREAD_LEAST_SLICES)
		return;
	for (size_t i = 0; i < SLICE_COUNTS; i++) {
		struct scatter mean;

		if (slice_counts[i] > least)
			continue;
		s->slices = slice_counts[i];
		mean = mean_scatter(runs, slice_counts[i]);
		correlation_fit(s, &mean, slice_counts[i]);
		if (s->correlation <= UNCORRELATED)
			return;
	}
	s->is_short = s->correlation > TOO_SHORT;
}
