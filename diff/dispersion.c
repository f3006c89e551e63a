#include "diff/dispersion.h"

#include "base/mem.h"
#include "diff/common_factor.h"
#include "diff/estimate.h"

#include <float.h>
#include <math.h>

/* The part of all quantities that changed, and the variance of their changes, as a
 * multiple of that of chance. */
static const double CHANGED = 0.02, CHANGE = 1000;

/* The standard deviation of the logarithm of D in the prior. */
static const double DISPERSION_RANGE = 0.5;

/* Values of D, and of c, to try; and at most about so many quantities. */
enum { STEPS = 16, QUANTITIES_USED = 1000 };

/* How much a quantity varies: between the runs of a side, or, with one run of each side,
 * around the common factor of both sides. */
struct residual {
	/* mean square of the difference, in variances of independent samples */
	double square;
	double repeats;	  /* number of squares in the mean */
	double variation; /* what c^2 is multiplied with, divided by 'independent' */
};

static double square(double x)
{
	return x * x;
}

static double all_of(const struct several_series *runs, enum side side)
{
	double all = 0;

	for (size_t r = 0; r < runs->n; r++)
		if (runs->items[r].side == side)
			all += runs->items[r].all;
	return all;
}

static double runs_of(const struct several_series *runs, enum side side)
{
	double n = 0;

	for (size_t r = 0; r < runs->n; r++)
		n += runs->items[r].side == side;
	return n;
}

/* Returns false if the quantity cannot vary. */
static bool residual_make(struct residual *r, const struct several_series *runs,
			  const struct estimate *e, double factor)
{
	double value[SIDES], part[SIDES], independent;

	for (int side = 0; side < SIDES; side++) {
		value[side] = e->sum[side] / e->base[side];
		part[side] = value[side] *
			     fmax(0, 1 - e->sum[side] / all_of(runs, (enum side)side)) /
			     sqrt(runs_of(runs, (enum side)side));
	}
	independent = square(factor) * e->variance[BEFORE] + e->variance[AFTER];
	if (!(independent > 0))
		return false;
	r->square = e->repeats
			    ? e->between
			    : square(value[AFTER] - factor * value[BEFORE]) / independent;
	r->repeats = e->repeats ? e->repeats : 1;
	r->variation =
		(square(factor * part[BEFORE]) + square(part[AFTER])) / independent;
	return true;
}

/* The logarithm of the probability of all differences, if the variances of the model
 * are right. */
static double likelihood(const struct residual *residuals, size_t n, double dispersion,
			 double variation)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		const struct residual *r = &residuals[i];
		double v = dispersion + variation * variation * r->variation;
		double half = r->repeats / 2;
		double chance = exp(-half * r->square / v) * (1 - CHANGED);
		double change = exp(-half * r->square / (v * CHANGE)) * CHANGED;

		sum += log(chance + change * pow(CHANGE, -half) + DBL_MIN) -
		       half * log(v);
	}
	return sum;
}

static double prior(double dispersion, double variation)
{
	return -square(log(dispersion / DISPERSION_PRIOR) / DISPERSION_RANGE) / 2 -
	       variation / VARIATION_PRIOR;
}

/* The values of D and c to try: dense where they are likely. */
static double dispersion_at(int i)
{
	return pow(DISPERSION_MOST, i / (STEPS - 1.0));
}

static double variation_at(int i)
{
	return VARIATION_MOST * square(i / (STEPS - 1.0));
}

static void model_fit(struct spread *s, const struct residual *residuals, size_t n)
{
	double weights[STEPS][STEPS], most = -INFINITY;
	double sum = 0, dispersion = 0, variation = 0;

	for (int i = 0; i < STEPS; i++)
		for (int k = 0; k < STEPS; k++) {
			double d = dispersion_at(i), c = variation_at(k);

			weights[i][k] = prior(d, c) + likelihood(residuals, n, d, c);
			most = fmax(most, weights[i][k]);
		}
	for (int i = 0; i < STEPS; i++)
		for (int k = 0; k < STEPS; k++) {
			/* The steps of c grow with c. */
			double weight = exp(weights[i][k] - most) * (k + 0.5);

			sum += weight;
			dispersion += weight * dispersion_at(i);
			variation += weight * square(variation_at(k));
		}
	s->dispersion = dispersion / sum;
	s->variation = sqrt(variation / sum);
}

void dispersion_fit(struct spread *s, const struct several_series *runs)
{
	size_t most = several_apart(runs), n = 0, step = most / QUANTITIES_USED + 1;
	struct residual *residuals = mem_new(most / step + 1, sizeof(*residuals));
	struct common_factor factor;

	common_factor_find(&factor, s, runs);
	if (runs->n > SIDES)
		factor.log = 0;
	for (size_t i = 0; i < most; i += step) {
		struct estimate e;

		estimate_make(&e, s, runs, several_apart_at(runs, i));
		n += residual_make(&residuals[n], runs, &e, exp(factor.log));
	}
	model_fit(s, residuals, n >= FACTOR_LEAST ? n : 0);
	s->freedom = DISPERSION_FREEDOM;
	s->mean = s->dispersion;
	mem_free(residuals);
}
