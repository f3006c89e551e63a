#include "diff/common_factor.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

/* Of a factor that is less certain than this nothing can be learnt. */
static const double LEAST_CERTAIN = 0.5;

/* The standard error of a median, as a multiple of that of a mean. */
static const double MEDIAN_ERROR = 1.2533;

size_t several_apart(const struct several_series *runs)
{
	return runs->apart ? runs->n_apart : runs->quantities;
}

size_t several_apart_at(const struct several_series *runs, size_t i)
{
	return runs->apart ? runs->apart[i] : i;
}

/* A common factor differs from 1 by so many standard errors: one in 2,000 by chance. */
static const double MORE_THAN_CHANCE = 3.5;

/* A quantity that differs by more standard errors has changed: chance shows that once
 * in 20 times. */
static const double CHANGED = 2;

/* A common factor explains at least this part of all quantities that changed. */
static const double EXPLAINED = 2.0 / 3;

/* The factor of one quantity. */
struct factor {
	double log, weight;
};

static int by_log(const void *a, const void *b)
{
	const struct factor *x = a, *y = b;

	return (x->log > y->log) - (x->log < y->log);
}

/* The middle of all logarithms between which half of the weight is on each side. */
static double weighted_median(const struct factor *factors, size_t n, double weights)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		sum += factors[i].weight;
		if (sum > weights / 2 * (1 + 1e-9))
			return factors[i].log;
		if (sum >= weights / 2 * (1 - 1e-9) && i + 1 < n)
			return (factors[i].log + factors[i + 1].log) / 2;
	}
	return 0;
}

/* The standard error of the logarithm of after / before. */
static double error_of(const struct spread *s, const struct estimate *e,
		       const double *value)
{
	double variance = e->variance[BEFORE] / (value[BEFORE] * value[BEFORE]) +
			  e->variance[AFTER] / (value[AFTER] * value[AFTER]);

	return sqrt(variance * fmax(1, s->between));
}

void common_factor_find(struct common_factor *f, const struct spread *s,
			const struct several_series *runs)
{
	size_t most = several_apart(runs);
	struct factor *factors = mem_new(most, sizeof(*factors));
	double weights = 0;

	*f = (struct common_factor){0};
	for (size_t i = 0; i < most; i++) {
		double value[SIDES], error;
		struct estimate e;

		estimate_make(&e, s, runs, several_apart_at(runs, i));
		if (!(e.sum[BEFORE] > 0 && e.sum[AFTER] > 0))
			continue;
		for (int side = 0; side < SIDES; side++)
			value[side] = e.sum[side] / e.base[side];
		error = error_of(s, &e, value);
		if (!(error > 0 && error < LEAST_CERTAIN))
			continue;
		factors[f->n++] =
			(struct factor){log(value[AFTER] / value[BEFORE]), 1 / error};
		weights += 1 / error;
	}
	if (f->n >= FACTOR_LEAST) {
		qsort(factors, f->n, sizeof(*factors), by_log);
		f->log = weighted_median(factors, f->n, weights);
		f->error = MEDIAN_ERROR * sqrt((double)f->n) / weights;
	}
	mem_free(factors);
}

double common_factor_distance(const struct common_factor *f, const struct estimate *e)
{
	double factor = exp(f->log), variance;
	double before = e->sum[BEFORE] / e->base[BEFORE];
	double after = e->sum[AFTER] / e->base[AFTER];

	variance = factor * factor * e->variance[BEFORE] + e->variance[AFTER] +
		   f->error * f->error * factor * before * after;
	return variance > 0 ? (after - factor * before) / sqrt(variance) : 0;
}

void common_factor_judge(struct common_factor *f, const struct spread *s,
			 const struct several_series *runs)
{
	const struct common_factor none = {0};
	double between = sqrt(fmax(1, s->between));
	size_t most = several_apart(runs), changed = 0, explained = 0;

	if (f->n < FACTOR_LEAST || !(fabs(f->log) > MORE_THAN_CHANCE * f->error))
		return;
	for (size_t i = 0; i < most; i++) {
		struct estimate e;

		estimate_make(&e, s, runs, several_apart_at(runs, i));
		if (fabs(common_factor_distance(&none, &e)) <= CHANGED * between)
			continue;
		changed++;
		explained += fabs(common_factor_distance(f, &e)) <= CHANGED * between;
	}
	f->is_common = (double)explained >= EXPLAINED * (double)changed;
}
