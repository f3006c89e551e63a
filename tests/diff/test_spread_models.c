/* Estimates of the spread without times, by hand: by the model, between several runs. */
#include "tests/test.h"

#include "base/scoped.h"
#include "diff/dispersion.h"
#include "diff/run_spread.h"
#include "diff/significance.h"
#include "tests/diff/near.h"
#include "tests/diff/runs.h"

#include <math.h>

/* v = D b + (c X (1 - X / A))^2, for one side. */
static double model(const struct spread *s, double x, double all)
{
	return s->dispersion * x * (1 - x / all) +
	       pow(s->variation * x * (1 - x / all), 2);
}

static void test_counts_without_times(void **state)
{
	static const double before[] = {100, 200, 300, 50, 400};
	static const double after[] = {150, 205, 600, 51, 0};
	struct runs r = {0};
	struct spread s;
	struct difference d;
	double variance, extra;

	(void)state;
	add_run(&r, BEFORE, 1, 10);
	add_run(&r, AFTER, 1, 10);
	r.series[0].all = r.series[1].all = 2000;
	for (size_t i = 0; i < 5; i++) {
		set_even(&r, 0, i, before[i]);
		set_even(&r, 1, i, after[i]);
	}
	d = test_quantity(&r, 0, &s);
	assert_true(s.dispersion >= 1 && s.dispersion <= DISPERSION_MOST);
	assert_true(s.variation > 0 && s.variation <= VARIATION_MOST);
	assert_near(s.mean, s.dispersion, 1e-9);
	variance = model(&s, 100, 2000) + model(&s, 150, 2000);
	extra = variance - 100 * (1 - 100 / 2000.0) - 150 * (1 - 150 / 2000.0);
	assert_near(d.error * d.error, variance / 100, 1e-6);
	assert_near(d.freedom, DISPERSION_FREEDOM * pow(variance / extra, 2), 1e-6);
	assert_near(d.per_unit, model(&s, 150, 2000) / (150 * (1 - 150 / 2000.0)) / 10,
		    1e-6);
	/* Without samples after, the mean of all quantities counts. */
	spread_test(&s, &r.all, 4, &d);
	assert_near(d.per_unit, s.dispersion / 10, 1e-9);
}

/* The user's spread is that of all counts, whatever the runs show. */
static void test_the_spread_that_was_given(void **state)
{
	struct runs r = {0};
	struct spread s;
	struct difference d;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		add_run(&r, (enum side)i, 10, 10);
		for (uint32_t t = 0; t < 10; t++)
			set_amount(&r, i, 0, t, t % 2 ? 10 : 30);
	}
	r.all.spread = 3;
	d = test_quantity(&r, 0, &s);
	assert_near(d.error * d.error, 3 * 2 * 200 / 100.0, 1e-4);
	assert_int_equal(s.slices, 0);
	assert_near(s.mean, 3, 0);
	assert_true(d.freedom > 1e5);
}

/* All of 1,000 samples, then none: no variance shows, and yet it is certain. */
static void test_certain_differences(void **state)
{
	struct runs r = {0};
	struct spread s;
	struct difference d;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		add_run(&r, (enum side)i, 1, 1000);
		r.series[i].all = 1000;
		set_even(&r, i, 0, i ? 0 : 1000);
		set_even(&r, i, 1, 1000);
	}
	r.all.spread = 1;
	d = test_quantity(&r, 0, &s);
	assert_true(d.p < 1e-9);
	assert_near(d.error, sqrt(2 * 2 * 2) / 1000, 1e-9);
	/* The same on both sides is no difference. */
	spread_test(&s, &r.all, 1, &d);
	assert_near(d.p, 1, 0);
	assert_near(d.error, 0, 0);
}

/* Two equal quantities leave the prior nearly as it is. */
static void test_equal_counts_without_times(void **state)
{
	struct runs r = {0};
	struct spread s;

	(void)state;
	add_run(&r, BEFORE, 1, 10);
	add_run(&r, AFTER, 1, 10);
	set_even(&r, 0, 0, 100);
	set_even(&r, 1, 0, 100);
	spread_fit(&s, &r.all);
	assert_true(s.dispersion > 1.2 && s.dispersion < 2);
	assert_false(s.has_runs);
}

/* v of two runs, in the model. */
static double both(const struct spread *s, double x1, double x2)
{
	return model(s, x1, 1e9) + model(s, x2, 1e9);
}

/* The sum of ((x - R n) / N)^2 over the runs of a side, times their number, over v. */
static double between(const struct spread *s, double x1, double x2, double n1, double n2)
{
	double sum = x1 + x2, base = n1 + n2, ratio = sum / base;

	return (pow(x1 - ratio * n1, 2) + pow(x2 - ratio * n2, 2)) * 2 / both(s, x1, x2);
}

/* The median of 'between' for chance alone, with one and with two degrees of freedom. */
#define MEDIAN_1 pow(1 - 2 / 9.0, 3)
#define MEDIAN_2 pow(1 - 2 / 18.0, 3)

static void test_spread_of_several_quantities(void **state)
{
	struct runs r = {0};
	struct spread s;
	struct difference d;
	double first, second, third;

	(void)state;
	add_run(&r, BEFORE, 1, 1);
	add_run(&r, BEFORE, 1, 3);
	add_run(&r, AFTER, 1, 2);
	set_even(&r, 0, 0, 100);
	set_even(&r, 1, 0, 300);
	set_even(&r, 2, 0, 200);
	set_even(&r, 0, 1, 50);
	set_even(&r, 1, 1, 450);
	set_even(&r, 2, 1, 200);
	set_even(&r, 0, 2, 1000);
	set_even(&r, 1, 2, 1000);
	set_even(&r, 2, 2, 200);
	d = test_quantity(&r, 2, &s);
	first = between(&s, 100, 300, 1, 3);
	second = between(&s, 50, 450, 1, 3);
	third = between(&s, 1000, 1000, 1, 3);
	assert_true(s.has_runs);
	/* The median of the three, not the mean that the third one dominates. */
	assert_true(first < second && second < third);
	assert_near(s.between, second / MEDIAN_1, 1e-3);
	assert_near(d.error * d.error,
		    (both(&s, 1000, 1000) / 16 + model(&s, 200, 1e9) / 4) *
			    (RUN_PRIOR_LEAST * s.between + third) / (RUN_PRIOR_LEAST + 1),
		    1e-1);
	assert_near(d.freedom, RUN_PRIOR_LEAST + 1, 1e-9);
	/* The quantity's own factor counts, too. */
	spread_test(&s, &r.all, 0, &d);
	assert_near(d.error * d.error,
		    (both(&s, 100, 300) / 16 + model(&s, 200, 1e9) / 4) *
			    (RUN_PRIOR_LEAST * s.between + first) / (RUN_PRIOR_LEAST + 1),
		    1e-1);
}

/* Quantities with different numbers of runs: each is divided by the median for its own
 * degrees of freedom. */
static void test_spread_over_degrees_of_freedom(void **state)
{
	struct difference d;
	struct runs r = {0};
	struct spread s;
	double one, two;

	(void)state;
	for (int i = 0; i < 4; i++)
		add_run(&r, i < 2 ? BEFORE : AFTER, 1, 1);
	/* The first one is nowhere after. */
	set_even(&r, 0, 0, 100);
	set_even(&r, 1, 0, 300);
	set_even(&r, 2, 0, 0);
	set_even(&r, 3, 0, 0);
	set_even(&r, 0, 1, 100);
	set_even(&r, 1, 1, 100);
	set_even(&r, 2, 1, 100);
	set_even(&r, 3, 1, 200);
	d = test_quantity(&r, 1, &s);
	one = between(&s, 100, 300, 1, 1);
	two = between(&s, 100, 200, 1, 1) / 2;
	assert_near(s.between, (one / MEDIAN_1 + two / MEDIAN_2) / 2, 1e-3);
	/* The second one has two degrees of freedom. */
	assert_near(d.error * d.error,
		    (both(&s, 100, 100) + both(&s, 100, 200)) / 4 *
			    (RUN_PRIOR_LEAST * s.between + 2 * two) /
			    (RUN_PRIOR_LEAST + 2),
		    1e-2);
}

/* Runs that differ less than the model says: the factor is 1. */
static void test_equal_runs(void **state)
{
	struct runs r = {0};
	struct spread s;
	struct difference d;

	(void)state;
	for (int i = 0; i < 4; i++) {
		add_run(&r, i < 2 ? BEFORE : AFTER, 1, 1);
		set_even(&r, (size_t)i, 0, 100);
	}
	d = test_quantity(&r, 0, &s);
	assert_near(s.between, 0, 1e-9);
	assert_near(d.error * d.error, 4 * model(&s, 100, 1e9) / 4, 1e-3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts_without_times),
		cmocka_unit_test(test_the_spread_that_was_given),
		cmocka_unit_test(test_certain_differences),
		cmocka_unit_test(test_equal_counts_without_times),
		cmocka_unit_test(test_spread_of_several_quantities),
		cmocka_unit_test(test_spread_over_degrees_of_freedom),
		cmocka_unit_test(test_equal_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
