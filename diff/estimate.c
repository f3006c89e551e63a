#include "diff/estimate.h"

#include "diff/amounts.h"
#include "diff/slice_spread.h"

#include <math.h>

/* One quantity is plainly correlated from so many standard errors on: chance shows
 * that once in ten times. */
static const double PLAINLY = 1.3;
/* Degrees of freedom of a variance that is not estimated. */
static const double NOT_ESTIMATED = 1e6;

/* The number of slices that this quantity needs: the largest without plain
 * correlation. */
static uint32_t slices_for(const struct spread *s, const struct several_series *runs,
			   size_t quantity)
{
	for (size_t i = 0; i < SLICE_COUNTS; i++) {
		struct scatter sum = {0};
		double slices = slice_counts[i], n = 0;

		if (slice_counts[i] > s->slices)
			continue;
		for (size_t r = 0; r < runs->n; r++) {
			struct amount a = amount_of(&runs->items[r], quantity);
			struct scatter one;

			one = scatter_of(&runs->items[r], quantity, a.sum / a.base,
					 slice_counts[i]);
			sum.square += one.square;
			sum.product += one.product;
			n += slices;
		}
		if (sum.product + sum.square / slices <= PLAINLY / sqrt(n) * sum.square)
			return slice_counts[i];
	}
	return SPREAD_LEAST_SLICES;
}

/* The variance of an amount in one run. */
static double variance_of(const struct spread *s, const struct series *r, size_t quantity,
			  const struct amount *a, uint32_t slices)
{
	double v, noise;

	if (!slices && !(s->dispersion > 0))
		return a->independent;
	if (!slices) {
		double part = s->variation * a->sum * fmax(0, 1 - a->sum / r->all);

		return s->dispersion * a->independent + part * part;
	}
	v = scatter_of(r, quantity, a->sum / a->base, slices).square * slices /
	    (slices - 1);
	/* The standard error of v: independent samples exceed their variance by that
	 * by chance. */
	noise = a->independent * sqrt(2.0 / (slices - 1));
	return fmax(v, a->independent) +
	       fmax(0, v - a->independent - noise) * (s->inflation - 1);
}

/* Adds up the variances of all runs, and their degrees of freedom by Satterthwaite's
 * formula. */
static void variances_add(const struct spread *s, const struct several_series *runs,
			  size_t quantity, struct estimate *e)
{
	uint32_t slices = s->slices ? slices_for(s, runs, quantity) : 0;
	double r2 = s->correlation * s->correlation;
	/* Correlated slices have fewer degrees of freedom (Priestley, 5.3.2). */
	double freedom = slices ? (slices - 1) * (1 - r2) / (1 + r2) : NOT_ESTIMATED;
	double sum = 0, squares = 0, independent = 0;

	for (size_t r = 0; r < runs->n; r++) {
		const struct series *series = &runs->items[r];
		double base = e->base[series->side];
		struct amount a = amount_of(series, quantity);
		double v = variance_of(s, series, quantity, &a, slices) + a.total;

		v /= base * base;
		e->variance[series->side] += v;
		sum += v;
		independent += (a.independent + a.total) / (base * base);
		squares += v * v / freedom;
		if (series->side == AFTER) {
			e->independent += a.independent + a.total;
			e->quantum = series->quantum;
		}
	}
	e->freedom = squares > 0 ? sum * sum / squares : NOT_ESTIMATED;
	/* One estimate for all runs. */
	if (s->freedom > 0 && sum > independent)
		e->freedom = s->freedom * pow(sum / (sum - independent), 2);
}

/* Compares the runs of each side with each other. */
static void between_add(const struct several_series *runs, size_t quantity,
			struct estimate *e)
{
	double squares[SIDES] = {0};
	uint32_t n[SIDES] = {0};

	for (size_t r = 0; r < runs->n; r++) {
		enum side side = runs->items[r].side;
		struct amount a = amount_of(&runs->items[r], quantity);
		double off =
			(a.sum - e->sum[side] / e->base[side] * a.base) / e->base[side];

		squares[side] += off * off;
		n[side]++;
	}
	for (int side = 0; side < SIDES; side++) {
		if (n[side] < 2 || !(e->variance[side] > 0))
			continue;
		e->between += squares[side] * n[side] / e->variance[side];
		e->repeats += n[side] - 1;
	}
	if (e->repeats)
		e->between /= e->repeats;
}

void estimate_make(struct estimate *e, const struct spread *s,
		   const struct several_series *runs, size_t quantity)
{
	*e = (struct estimate){0};
	for (size_t r = 0; r < runs->n; r++) {
		struct amount a = amount_of(&runs->items[r], quantity);

		e->sum[runs->items[r].side] += a.sum;
		e->base[runs->items[r].side] += a.base;
	}
	variances_add(s, runs, quantity, e);
	between_add(runs, quantity, e);
}

double estimate_delta(const struct estimate *e)
{
	return e->sum[AFTER] / e->base[AFTER] - e->sum[BEFORE] / e->base[BEFORE];
}
