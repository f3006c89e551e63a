/* Estimates of the spread from slices of time, by hand. */
#include "tests/test.h"

#include "base/scoped.h"
#include "diff/run_spread.h"
#include "diff/significance.h"
#include "tests/diff/near.h"
#include "tests/diff/runs.h"

#include <math.h>

enum { SLICES = 10 };

/* b = X q (1 - X / A), in every run. */
static void test_variance_of_independent_samples(void **state)
{
	struct runs r = {0};
	struct spread s;
	struct difference d;

	(void)state;
	add_run(&r, BEFORE, 10, 10);
	add_run(&r, AFTER, 10, 5);
	set_even(&r, 0, 0, 90);
	set_even(&r, 1, 0, 160);
	for (int i = 0; i < 2; i++) {
		r.series[i].all = 400;
		r.series[i].quantum = 2;
	}
	d = test_quantity(&r, 0, &s);
	assert_near(d.value[BEFORE], 9, 1e-6);
	assert_near(d.value[AFTER], 32, 1e-6);
	assert_near(d.error * d.error,
		    90 * 2 * (1 - 90 / 400.0) / 100 + 160 * 2 * (1 - 160 / 400.0) / 25,
		    1e-6);
	/* The variance after, per unit of the value after. */
	assert_near(d.per_unit, 2 / 5.0, 1e-6);
	/* More than all that could be sampled has no variance of its own. */
	r.series[0].all = 80;
	d = test_quantity(&r, 0, &s);
	assert_near(d.error * d.error, 160 * 2 * (1 - 160 / 400.0) / 25, 1e-6);
}

/* A run in which nothing was sampled has base 0. */
static void test_runs_without_any_amount(void **state)
{
	struct runs r = {0};
	struct spread s;
	struct difference d;

	(void)state;
	add_run(&r, BEFORE, 10, 0);
	add_run(&r, AFTER, 10, 0);
	set_even(&r, 0, 0, 0);
	set_even(&r, 1, 0, 0);
	d = test_quantity(&r, 0, &s);
	assert_near(d.value[BEFORE], 0, 0);
	assert_near(d.value[AFTER], 0, 0);
	assert_near(d.p, 1, 0);
	assert_near(d.error, 0, 0);
}

/* Ten slices of 20 -+ 10: the sum of e^2 is 1,000, of e times its neighbour 100. */
static const int wave[SLICES] = {-1, -1, 1, 1, 1, -1, -1, 1, 1, -1};

static void set_wave(struct runs *r, size_t run, size_t quantity)
{
	for (uint32_t t = 0; t < SLICES; t++)
		set_amount(r, run, quantity, t, 20 + 10 * wave[t]);
}

/* r, the excess and the variance of the whole solve the equations of the header. */
static void assert_fits(const struct spread *s, double square, double product,
			double slices)
{
	double r = s->correlation;
	double whole = 1 + s->inflation * (s->mean - 1);
	double excess = square + whole / slices - 1;

	assert_near(s->mean, square * slices / (slices - 1), 1e-4);
	assert_near(r, (product + whole / slices) / excess, 1e-4);
	assert_near(whole, 1 + excess * (1 + 2 * r / (1 - r * r)), 1e-4);
}

static void test_correlated_slices(void **state)
{
	struct runs r = {0};
	struct spread s;
	struct difference d;
	double v = 1000 * 10 / 9.0, noise = 200 * sqrt(2 / 9.0), r2;

	(void)state;
	add_run(&r, BEFORE, SLICES, 10);
	add_run(&r, AFTER, SLICES, 10);
	set_wave(&r, 0, 0);
	set_wave(&r, 1, 0);
	d = test_quantity(&r, 0, &s);
	assert_near(s.correlation, 0.284575, 1e-5);
	assert_false(s.is_short);
	assert_fits(&s, 1000 / 200.0, 100 / 200.0, SLICES);
	v += (v - 200 - noise) * (s.inflation - 1);
	assert_near(d.error * d.error, 2 * v / 100, 1e-3);
	assert_near(d.per_unit, v / 200 / 10, 1e-4);
	r2 = s.correlation * s.correlation;
	assert_near(d.freedom, 2 * 9 * (1 - r2) / (1 + r2), 1e-6);
}

/* The mean over quantities: each has the weight b / (square + b). */
static void test_mean_of_quantities(void **state)
{
	struct runs r = {0};
	struct spread s;
	double a = 1 / (1000.0 + 200), b = 1 / (0.0 + 100);

	(void)state;
	add_run(&r, BEFORE, SLICES, 10);
	add_run(&r, AFTER, SLICES, 10);
	for (size_t i = 0; i < 2; i++) {
		set_wave(&r, i, 0);
		set_even(&r, i, 1, 100);
	}
	spread_fit(&s, &r.all);
	assert_near(s.mean, 1000 * a / (200 * a + 100 * b) * 10 / 9, 1e-6);
}

/* 20 slices have a correlation of 0.26, merged to 15 they have none. */
static void test_slices_are_merged(void **state)
{
	static const int signs[20] = {-1, -1, 1, 1,  -1, 1, -1, -1, 1,	1,
				      1,  1,  1, -1, 1,	 1, -1, -1, -1, -1};
	struct runs r = {0};
	struct spread s;

	(void)state;
	add_run(&r, BEFORE, 20, 10);
	add_run(&r, AFTER, 20, 10);
	for (size_t i = 0; i < 2; i++)
		for (uint32_t t = 0; t < 20; t++)
			set_amount(&r, i, 0, t, 20 + 10 * signs[t]);
	spread_fit(&s, &r.all);
	assert_int_equal(s.slices, 15);
	assert_near(s.correlation, 0, 1e-9);
	assert_false(s.is_short);
}

/* The run with the fewest slices decides. */
static void test_runs_of_different_slices(void **state)
{
	struct runs r = {0}, few = {0};
	struct spread s;

	(void)state;
	add_run(&r, BEFORE, 60, 10);
	add_run(&r, AFTER, 20, 10);
	for (uint32_t t = 0; t < 60; t++)
		set_amount(&r, 0, 0, t, t / 3 % 2 ? 10 : 4);
	for (uint32_t t = 0; t < 20; t++)
		set_amount(&r, 1, 0, t, t % 2 ? 30 : 12);
	spread_fit(&s, &r.all);
	assert_int_equal(s.slices, 20);
	add_run(&few, BEFORE, 60, 10);
	add_run(&few, AFTER, 9, 10);
	set_even(&few, 0, 0, 240);
	set_even(&few, 1, 0, 240);
	spread_fit(&s, &few.all);
	assert_int_equal(s.slices, 0);
}

/* A quantity that is still correlated with ten slices is tested with ten, whatever the
 * others need. */
static void test_slices_of_a_ramp(void **state)
{
	struct runs r = {0};
	struct spread s;
	struct difference d;
	double squares = 0, v, noise;

	(void)state;
	add_run(&r, BEFORE, 60, 10);
	add_run(&r, AFTER, 60, 10);
	for (size_t i = 0; i < 2; i++) {
		for (uint32_t t = 0; t < 60; t++) {
			set_amount(&r, i, 0, t, t % 2 ? 60 : 20);
			set_amount(&r, i, 1, t, t % 2 ? 20 : 60);
			set_amount(&r, i, 2, t, t);
		}
	}
	d = test_quantity(&r, 2, &s);
	assert_int_equal(s.slices, 60);
	/* Six slices of the ramp are one: 15, 51, 87, ..., 339, with the mean 177. */
	for (int i = 0; i < 10; i++)
		squares += pow(15 + 36 * i - 177, 2);
	v = squares * 10 / 9;
	noise = 1770 * sqrt(2 / 9.0);
	v += (v - 1770 - noise) * (s.inflation - 1);
	assert_near(d.error * d.error, 2 * v / 100, 1e-3 * v);
	assert_near(d.freedom,
		    18 * (1 - pow(s.correlation, 2)) / (1 + pow(s.correlation, 2)), 1e-6);
}

/* Four quantities alternate, so all together are uncorrelated. The fifth has the
 * correlation 3 / 12, which with the bias of 1 / 12 is plain: 1.3 / sqrt(24) is 0.27. */
static void test_bias_of_few_slices(void **state)
{
	static const int signs[12] = {-1, -1, 1, 1, 1, -1, -1, -1, 1, 1, 1, -1};
	struct runs r = {0};
	struct spread s;
	struct difference d;
	int products = 0;

	(void)state;
	add_run(&r, BEFORE, 12, 10);
	add_run(&r, AFTER, 12, 10);
	for (size_t i = 0; i < 2; i++)
		for (uint32_t t = 0; t < 12; t++) {
			for (size_t q = 0; q < 4; q++)
				set_amount(&r, i, q, t, t % 2 ? 30 : 10);
			set_amount(&r, i, 4, t, 20 + 10 * signs[t]);
		}
	for (int t = 1; t < 12; t++)
		products += signs[t] * signs[t - 1];
	assert_int_equal(products, 3);
	d = test_quantity(&r, 4, &s);
	assert_int_equal(s.slices, 12);
	assert_near(d.freedom,
		    18 * (1 - pow(s.correlation, 2)) / (1 + pow(s.correlation, 2)), 1e-6);
}

/* One bursty run among quiet ones: its own slices limit the degrees of freedom. */
static void test_freedom_of_one_bursty_run(void **state)
{
	struct runs r = {0};
	struct spread s;
	struct difference d;

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		add_run(&r, i < 4 ? BEFORE : AFTER, SLICES, 10);
		r.series[i].quantum = 1e-6;
		if (i)
			set_even(&r, i, 0, 200);
	}
	for (uint32_t t = 0; t < SLICES; t++)
		set_amount(&r, 0, 0, t, t % 2 ? 30 : 10);
	d = test_quantity(&r, 0, &s);
	assert_near(d.freedom,
		    9 * (1 - pow(s.correlation, 2)) / (1 + pow(s.correlation, 2)), 1e-3);
	assert_true(d.freedom < RUN_PRIOR_LEAST + 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_variance_of_independent_samples),
		cmocka_unit_test(test_runs_without_any_amount),
		cmocka_unit_test(test_correlated_slices),
		cmocka_unit_test(test_mean_of_quantities),
		cmocka_unit_test(test_slices_are_merged),
		cmocka_unit_test(test_runs_of_different_slices),
		cmocka_unit_test(test_slices_of_a_ramp),
		cmocka_unit_test(test_bias_of_few_slices),
		cmocka_unit_test(test_freedom_of_one_bursty_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
