#include "diff/run_spread.h"

#include "base/mem.h"
#include "base/sort.h"
#include "diff/common_factor.h"
#include "diff/estimate.h"

#include <math.h>

/* Fewer quantities cannot show how differently they vary. */
enum { LEAST_FOR_PRIOR = 8 };

/* The median of the mean of n squared standard normal variables (Wilson and Hilferty,
 * Proceedings of the National Academy of Sciences 17, 1931). */
static double chance_median(double n)
{
	return pow(1 - 2 / (9 * n), 3);
}

/* The logarithm of the density of Fisher's F distribution, without the terms that
 * depend only on x and 'repeats'. */
static double log_density(double x, double repeats, double freedom)
{
	int sign;

	return lgamma_r((repeats + freedom) / 2, &sign) - lgamma_r(freedom / 2, &sign) -
	       repeats / 2 * log(freedom) -
	       (repeats + freedom) / 2 * log1p(repeats * x / freedom);
}

/* For how many runs the median counts: the fewer, the more the quantities differ among
 * each other. Their factors, divided by the median, follow an F distribution (Smyth,
 * section 3), so this is the likeliest of its degrees of freedom. */
static double prior_of(const double *factors, size_t n, double median, double repeats)
{
	double best = RUN_PRIOR_LEAST, most = -INFINITY, chance = chance_median(repeats);

	if (n < LEAST_FOR_PRIOR || !(median > 0))
		return RUN_PRIOR_LEAST;
	for (double d = RUN_PRIOR_LEAST; d <= RUN_PRIOR_MOST; d *= 1.2) {
		double sum = 0;

		for (size_t i = 0; i < n; i++)
			sum += log_density(factors[i] * chance / median, repeats, d);
		if (sum > most) {
			most = sum;
			best = d;
		}
	}
	return best;
}

void run_spread_fit(struct spread *s, const struct several_series *runs)
{
	size_t most = several_apart(runs), n = 0;
	double *factors = mem_new(most, sizeof(*factors)), repeats = 0;

	for (size_t i = 0; runs->n > SIDES && i < most; i++) {
		struct estimate e;

		estimate_make(&e, s, runs, several_apart_at(runs, i));
		if (!e.repeats)
			continue;
		factors[n++] = e.between / chance_median(e.repeats);
		repeats = fmax(repeats, e.repeats);
	}
	s->has_runs = n > 0;
	s->between = 1;
	if (n) {
		sort_doubles(factors, n);
		s->between = (factors[(n - 1) / 2] + factors[n / 2]) / 2;
		s->prior_runs = prior_of(factors, n, s->between, repeats);
	}
	mem_free(factors);
}
