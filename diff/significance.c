#include "diff/significance.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "base/sort.h"
#include "diff/student.h"

#include <assert.h>
#include <math.h>

/* The model for counts without times. */
static const double SPREAD_LEAST = 2, SPREAD_COUNTS = 0.2;

/* Slices are merged while the correlation of neighbours is greater than this. */
static const double UNCORRELATED = 0.25;
/* If it is still greater than this with the fewest slices, the runs are too short. */
static const double TOO_SHORT = 0.35;
/* Few slices cannot show more correlation. */
static const double MOST_CORRELATED = 0.6;
/* Lower limit of the variance above that of independent samples, as a part of the
 * latter: it is a divisor. */
static const double LEAST_EXCESS = 0.05;
/* One quantity is plainly correlated from so many standard errors on: chance shows
 * that once in ten times. */
static const double PLAINLY = 1.3;
/* Degrees of freedom of a variance that is not estimated. */
static const double NOT_ESTIMATED = 1e6;

/* At most about so many quantities are used to estimate the correlation. */
enum { QUANTITIES_USED = 1000 };

/* The numbers of slices to try. */
static const uint32_t slice_counts[] = {60, 30, 20, 15, 12, SPREAD_LEAST_SLICES};

/* A quantity in one run: X, N and b of significance.h. */
struct amount {
	double sum, base, independent;
};

static struct amount amount_of(const struct series *r, size_t quantity)
{
	/* A run without any amount has base 0: avoid 0 / 0. */
	struct amount a = {.sum = r->sums[quantity], .base = r->base > 0 ? r->base : 1};

	if (r->all > a.sum)
		a.independent = a.sum * r->quantum * (1 - a.sum / r->all);
	return a;
}

/* Sums over merged slices of e = x - R n: of e[t]^2, and of e[t] e[t - 1]. */
struct scatter {
	double square, product;
};

static struct scatter scatter_of(const struct series *r, size_t quantity, double ratio,
				 uint32_t slices)
{
	const float *x = r->amounts + quantity * r->slices;
	struct scatter s = {0};
	double before = 0;
	uint32_t t = 0;

	for (uint32_t i = 0; i < slices; i++) {
		uint32_t end = (uint32_t)((uint64_t)r->slices * (i + 1) / slices);
		double e = 0;

		for (; t < end; t++)
			e += (double)x[t] - ratio * r->bases[t];
		s.square += e * e;
		s.product += e * before;
		before = e;
	}
	return s;
}

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

/* Sets the number of slices, and correlation and inflation with these slices. */
static void slices_fit(struct spread *s, const struct several_series *runs)
{
	uint32_t least = UINT32_MAX;

	for (size_t r = 0; r < runs->n; r++)
		if (runs->items[r].slices < least)
			least = runs->items[r].slices;
	if (least < SPREAD_LEAST_SLICES)
		return;
	for (size_t i = 0; i < array_size(slice_counts); i++) {
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

/* One quantity in all runs. */
struct estimate {
	double sum[SIDES], base[SIDES]; /* X, N */
	double variance[SIDES];		/* of X / N */
	double freedom;
	double independent, quantum; /* b and q of the side after */
	double between;	  /* how much more runs differ than 'variance' predicts */
	uint32_t repeats; /* degrees of freedom of 'between': runs minus sides */
};

/* The number of slices that this quantity needs: the largest without plain
 * correlation. */
static uint32_t slices_for(const struct spread *s, const struct several_series *runs,
			   size_t quantity)
{
	for (size_t i = 0; i < array_size(slice_counts); i++) {
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
		double part = SPREAD_COUNTS * a->sum * fmax(0, 1 - a->sum / r->all);

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
	double sum = 0, squares = 0;

	for (size_t r = 0; r < runs->n; r++) {
		const struct series *series = &runs->items[r];
		double base = e->base[series->side];
		struct amount a = amount_of(series, quantity);
		double v = variance_of(s, series, quantity, &a, slices) / (base * base);

		e->variance[series->side] += v;
		sum += v;
		squares += v * v / freedom;
		if (series->side == AFTER) {
			e->independent += a.independent;
			e->quantum = series->quantum;
		}
	}
	e->freedom = squares > 0 ? sum * sum / squares : NOT_ESTIMATED;
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

static void estimate_make(const struct spread *s, const struct several_series *runs,
			  size_t quantity, struct estimate *e)
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

static double delta_of(const struct estimate *e)
{
	return e->sum[AFTER] / e->base[AFTER] - e->sum[BEFORE] / e->base[BEFORE];
}

/* Sets the dispersion with which half of all quantities differ by no more than chance. */
static void dispersion_fit(struct spread *s, const struct several_series *runs)
{
	/* The median of a squared standard normal variable. */
	static const double median = 0.4549;
	double *squares = mem_new(runs->quantities, sizeof(*squares));
	size_t n = 0;

	s->dispersion = SPREAD_LEAST;
	for (size_t i = 0; i < runs->quantities; i++) {
		struct estimate e;

		estimate_make(s, runs, i, &e);
		if (e.variance[BEFORE] + e.variance[AFTER] > 0)
			squares[n++] = pow(delta_of(&e), 2) /
				       (e.variance[BEFORE] + e.variance[AFTER]);
	}
	if (n) {
		sort_doubles(squares, n);
		s->dispersion *= fmax(1, squares[n / 2] / median);
	}
	s->mean = s->dispersion;
	mem_free(squares);
}

/* Sets has_runs and between. */
static void runs_fit(struct spread *s, const struct several_series *runs)
{
	double sum = 0, n = 0;

	for (size_t i = 0; runs->n > SIDES && i < runs->quantities; i++) {
		struct estimate e;

		estimate_make(s, runs, i, &e);
		sum += e.between * e.repeats;
		n += e.repeats;
	}
	s->has_runs = n > 0;
	s->between = n > 0 ? sum / n : 1;
}

void spread_fit(struct spread *s, const struct several_series *runs)
{
	assert(runs->n >= SIDES);
	*s = (struct spread){.inflation = 1, .mean = 1, .between = 1};
	slices_fit(s, runs);
	runs_fit(s, runs);
	if (!s->slices && !s->has_runs)
		dispersion_fit(s, runs);
}

void spread_test(const struct spread *s, const struct several_series *runs, size_t i,
		 struct difference *d)
{
	struct estimate e;
	double variance, half;

	assert(i < runs->quantities);
	estimate_make(s, runs, i, &e);
	variance = e.variance[BEFORE] + e.variance[AFTER];
	*d = (struct difference){.p = 1, .freedom = e.freedom};
	if (s->has_runs) {
		double n = SPREAD_PRIOR + e.repeats;

		variance *=
			fmax(1, (SPREAD_PRIOR * s->between + e.repeats * e.between) / n);
		d->freedom = fmin(d->freedom, n);
	}
	for (int side = 0; side < SIDES; side++)
		d->value[side] = e.sum[side] / e.base[side];
	d->delta = delta_of(&e);
	d->error = sqrt(variance);
	d->per_unit = (e.independent > 0 ? e.variance[AFTER] * e.base[AFTER] *
						   e.base[AFTER] / e.independent
					 : s->mean) *
		      e.quantum / e.base[AFTER];
	if (d->error > 0)
		d->p = student_p(d->delta / d->error, d->freedom);
	half = d->error * student_t(0.05, d->freedom);
	d->low = d->delta - half;
	d->high = d->delta + half;
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
