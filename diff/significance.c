#include "diff/significance.h"

#include "base/sort.h"
#include "diff/common_factor.h"
#include "diff/dispersion.h"
#include "diff/estimate.h"
#include "diff/run_spread.h"
#include "diff/slice_spread.h"
#include "diff/student.h"

#include <assert.h>
#include <math.h>

/* A difference that cannot be chance has a standard error of so many samples a side:
 * about what a binomial distribution leaves open if all samples are alike (an upper
 * limit of three or four). */
static const double CERTAIN_ERROR = 2;

void spread_fit(struct spread *s, const struct several_series *runs)
{
	assert(runs->n >= SIDES);
	*s = (struct spread){.inflation = 1, .mean = 1, .between = 1};
	if (runs->spread > 0) {
		s->dispersion = s->mean = runs->spread;
		return;
	}
	slice_spread_fit(s, runs);
	if (!s->slices)
		dispersion_fit(s, runs);
	run_spread_fit(s, runs);
	common_factor_find(&s->factor, s, runs);
	common_factor_judge(&s->factor, s, runs);
}

/* Sets the variances of a difference for which the runs show none. */
static void certain_variances(const struct spread *s, const struct several_series *runs,
			      struct estimate *e)
{
	for (size_t r = 0; r < runs->n; r++) {
		const struct series *run = &runs->items[r];
		double error = CERTAIN_ERROR * run->quantum / e->base[run->side];

		e->variance[run->side] += error * error * fmax(1, s->dispersion);
	}
}

/* How much wider the variance is by the differences of the runs. */
static double between_runs(const struct spread *s, const struct estimate *e)
{
	double n = s->prior_runs + e->repeats;

	return fmax(1, (s->prior_runs * s->between + e->repeats * e->between) / n);
}

static void test(const struct spread *s, const struct estimate *e, struct difference *d)
{
	double wider = 1, half;

	if (s->has_runs) {
		wider = between_runs(s, e);
		d->freedom = s->slices ? fmin(d->freedom, s->prior_runs + e->repeats)
				       : s->prior_runs + e->repeats;
	}
	d->error = sqrt((e->variance[BEFORE] + e->variance[AFTER]) * wider);
	d->p = d->error > 0 ? student_p(d->delta / d->error, d->freedom) : 1;
	if (s->factor.is_common)
		d->p_factor = student_p(
			common_factor_distance(&s->factor, e) / sqrt(wider), d->freedom);
	half = d->error * student_t(0.05, d->freedom);
	d->low = d->delta - half;
	d->high = d->delta + half;
}

void spread_test(const struct spread *s, const struct several_series *runs, size_t i,
		 struct difference *d)
{
	struct estimate e;

	assert(i < runs->quantities);
	estimate_make(&e, s, runs, i);
	*d = (struct difference){.freedom = e.freedom, .delta = estimate_delta(&e)};
	for (int side = 0; side < SIDES; side++)
		d->value[side] = e.sum[side] / e.base[side];
	d->per_unit = (e.independent > 0 ? e.variance[AFTER] * e.base[AFTER] *
						   e.base[AFTER] / e.independent
					 : s->mean) *
		      e.quantum / e.base[AFTER];
	if (d->delta != 0 && e.variance[BEFORE] + e.variance[AFTER] == 0)
		certain_variances(s, runs, &e);
	test(s, &e, d);
}

double difference_smallest(const struct difference *d, double critical)
{
	/* Nine out of ten differences are at most 1.2816 standard errors below their
	 * mean. The errors are estimates, too, so four out of five are claimed. */
	double k = student_t(critical, d->freedom) + 1.2816;
	/* The error grows with the value after: x^2 = k^2 (error^2 + per_unit x). */
	double linear = k * k * d->per_unit;

	return (linear + sqrt(linear * linear + 4 * k * k * d->error * d->error)) / 2;
}

double false_discovery_limit(double *p, size_t n, double fdr, size_t *found)
{
	assert(fdr > 0);
	*found = 0;
	if (!n)
		return 0;
	sort_doubles(p, n);
	for (size_t i = 0; i < n; i++)
		if (p[i] <= fdr * (double)(i + 1) / (double)n)
			*found = i + 1;
	return fdr * (double)(*found ? *found : 1) / (double)n;
}
