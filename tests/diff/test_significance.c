#include "tests/test.h"

#include "base/scoped.h"
#include "diff/run_spread.h"
#include "diff/significance.h"
#include "diff/student.h"
#include "tests/diff/near.h"

#include <math.h>

/* Figures of printed tables of Student's t. */
static void test_student(void **state)
{
	static const struct {
		double df, p, t;
	} table[] = {
		{1, 0.05, 12.7062},   {2, 0.05, 4.30265},   {10, 0.05, 2.22814},
		{30, 0.05, 2.04227},  {10, 0.001, 4.58689}, {120, 0.01, 2.61742},
		{1e6, 0.05, 1.95996}, {5, 0.2, 1.47588},
	};

	(void)state;
	for (size_t i = 0; i < array_size(table); i++) {
		assert_near(student_t(table[i].p, table[i].df), table[i].t, 1e-4);
		assert_near(student_p(table[i].t, table[i].df), table[i].p, 1e-5);
		assert_near(student_p(-table[i].t, table[i].df), table[i].p, 1e-5);
	}
	assert_near(student_p(0, 7), 1, 1e-12);
	/* One degree of freedom is Cauchy's distribution. */
	assert_near(student_p(1e6, 1), 2 / (M_PI * 1e6), 1e-12);
	assert_true(student_p(50, 200) > 0);
}

/* The example of Benjamini and Hochberg's paper, table 1: four of 15 at 5 %. */
static void test_false_discoveries(void **state)
{
	double p[] = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
		      0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000};
	size_t found;

	(void)state;
	assert_near(false_discovery_limit(p, array_size(p), 0.05, &found), 0.05 * 4 / 15,
		    1e-12);
	assert_int_equal(found, 4);
	assert_near(false_discovery_limit(p, array_size(p), 1e-6, &found), 1e-6 / 15,
		    1e-18);
	assert_int_equal(found, 0);
	assert_near(false_discovery_limit(p, 0, 0.05, &found), 0, 0);
}

enum { SLICES = 10 };

static const double ones[SLICES] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

/* Tests the only quantity of a run a side, which has these amounts. */
static struct difference test_pair(const float *before, const float *after,
				   struct spread *s)
{
	const float *amounts[SIDES] = {[BEFORE] = before, [AFTER] = after};
	struct several_series several = {.n = SIDES, .quantities = 1};
	struct series runs[SIDES];
	double sums[SIDES] = {0};
	struct difference d;

	for (int i = 0; i < SIDES; i++) {
		for (int t = 0; t < SLICES; t++)
			sums[i] += (double)amounts[i][t];
		runs[i] = (struct series){.side = (enum side)i,
					  .slices = SLICES,
					  .amounts = amounts[i],
					  .bases = ones,
					  .sums = &sums[i],
					  .base = SLICES,
					  .all = 1e9,
					  .quantum = 1};
	}
	several.items = runs;
	spread_fit(s, &several);
	spread_test(s, &several, 0, &d);
	return d;
}

/* By hand: sums of squares over ten slices, Welch's t. */
static void test_welch(void **state)
{
	/* 100 and 200; squares around the means 10 and 20: 1000 and 360. */
	static const float before[SLICES] = {0, 20, 0, 20, 0, 20, 0, 20, 0, 20};
	static const float after[SLICES] = {14, 26, 14, 26, 14, 26, 14, 26, 14, 26};
	double a = 1000 * 10 / 9.0 / 100, b = 360 * 10 / 9.0 / 100;
	struct spread s;
	struct difference d = test_pair(before, after, &s);

	(void)state;
	assert_int_equal(s.slices, SLICES);
	assert_false(s.is_short);
	assert_near(d.value[BEFORE], 10, 1e-9);
	assert_near(d.value[AFTER], 20, 1e-9);
	assert_near(d.delta, 10, 1e-9);
	assert_near(d.error, sqrt(a + b), 1e-6);
	assert_near(d.freedom, (a + b) * (a + b) / (a * a / 9 + b * b / 9), 1e-6);
	assert_near(d.p, student_p(10 / d.error, d.freedom), 1e-12);
	assert_near(d.high - d.delta, student_t(0.05, d.freedom) * d.error, 1e-9);
	assert_near(d.delta - d.low, d.high - d.delta, 1e-9);
}

/* Samples that come more evenly than independent ones are taken for independent. */
static void test_never_below_independent(void **state)
{
	static const float before[SLICES] = {9, 9, 9, 9, 9, 9, 9, 9, 9, 9};
	static const float after[SLICES] = {16, 16, 16, 16, 16, 16, 16, 16, 16, 16};
	struct spread s;
	struct difference d = test_pair(before, after, &s);

	(void)state;
	assert_near(d.error, sqrt((90 + 160) / 100.0), 1e-4);
}

/* Slow waves: neighbours resemble each other however few slices there are. */
static void test_short_runs_say_so(void **state)
{
	static const float before[SLICES] = {0, 10, 20, 30, 40, 50, 60, 70, 80, 90};
	static const float after[SLICES] = {90, 80, 70, 60, 50, 40, 30, 20, 10, 0};
	struct spread s;
	struct difference d = test_pair(before, after, &s);

	(void)state;
	assert_true(s.is_short);
	/* Wider than the spread over the slices alone. */
	assert_true(d.error > 1.5 * sqrt(2 * 8250 * 10 / 9.0 / 100));
	assert_true(d.freedom < 18);
}

/* One that comes in waves among many that don't: its own slices are merged. */
static void test_waves_of_one_quantity(void **state)
{
	enum { FINE = 60, OTHERS = 20, ALL = OTHERS + 1 };
	static float amounts[ALL * FINE];
	double bases[FINE], sums[ALL] = {0}, squares = 0;
	struct series runs[SIDES];
	struct several_series several = {.items = runs, .n = SIDES, .quantities = ALL};
	uint64_t seed = 88172645463325252;
	struct difference d;
	struct spread s;

	(void)state;
	for (int t = 0; t < FINE; t++) {
		bases[t] = 1;
		for (int i = 0; i < OTHERS; i++)
			amounts[i * FINE + t] = (float)random_below(&seed, 40);
		amounts[OTHERS * FINE + t] = t / 10 % 2 ? 20 : 10;
		squares += 5 * 5;
	}
	for (int i = 0; i < ALL; i++)
		for (int t = 0; t < FINE; t++)
			sums[i] += (double)amounts[i * FINE + t];
	for (int i = 0; i < SIDES; i++)
		runs[i] = (struct series){.side = (enum side)i,
					  .slices = FINE,
					  .amounts = amounts,
					  .bases = bases,
					  .sums = sums,
					  .base = FINE,
					  .all = 1e9,
					  .quantum = 1};
	spread_fit(&s, &several);
	assert_int_equal(s.slices, FINE);
	spread_test(&s, &several, OTHERS, &d);
	assert_true(d.error > 1.5 * sqrt(2 * squares) / FINE);
}

/* One slice each: all evidence is between the runs. */
static void test_spread_between_runs(void **state)
{
	static const float amounts[] = {100, 300, 1000, 1200};
	static const double sums[] = {100, 300, 1000, 1200};
	static const double base = 1;
	struct series runs[4];
	struct several_series several = {.items = runs, .n = 4, .quantities = 1};
	struct difference d;
	struct spread s;

	(void)state;
	for (int i = 0; i < 4; i++)
		runs[i] = (struct series){.side = i < 2 ? BEFORE : AFTER,
					  .slices = 1,
					  .amounts = &amounts[i],
					  .bases = &base,
					  .sums = &sums[i],
					  .base = 1,
					  .all = 1e9,
					  .quantum = 1};
	spread_fit(&s, &several);
	assert_true(s.has_runs);
	spread_test(&s, &several, 0, &d);
	assert_near(d.value[BEFORE], 200, 1e-9);
	assert_near(d.value[AFTER], 1100, 1e-9);
	/* They differ much more than the model says of their counts. */
	assert_true(s.between > 10);
	assert_near(d.freedom, RUN_PRIOR_LEAST + 2, 1e-9);
	assert_true(d.error > 5 * sqrt((400 + 2200) / 4.0));
}

/* The largest p of the second verdict counts, even if the first p alone is too large. */
static void test_a_later_p_may_be_the_limit(void **state)
{
	double several[] = {0.045, 0.04}, one[] = {0.05};
	size_t found;

	(void)state;
	assert_near(false_discovery_limit(several, 2, 0.05, &found), 0.05, 1e-12);
	assert_int_equal(found, 2);
	assert_near(false_discovery_limit(one, 1, 0.05, &found), 0.05, 1e-12);
	assert_int_equal(found, 1);
}

/* x^2 = k^2 (error^2 + per_unit x), with k of a printed table. */
static void test_smallest_difference(void **state)
{
	const struct difference d = {.error = 2, .freedom = 10, .per_unit = 0.5};
	double k = 2.22814 + 1.2816, x = difference_smallest(&d, 0.05);

	(void)state;
	assert_near(x * x, k * k * (2 * 2 + 0.5 * x), 1e-3);
	assert_true(x > 0);
}

static void test_what_is_nowhere_is_nothing(void **state)
{
	static const float nothing[SLICES];
	struct spread s;
	struct difference d = test_pair(nothing, nothing, &s);

	(void)state;
	assert_near(d.p, 1, 0);
	assert_near(d.low, 0, 0);
	assert_near(d.high, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_student),
		cmocka_unit_test(test_false_discoveries),
		cmocka_unit_test(test_welch),
		cmocka_unit_test(test_never_below_independent),
		cmocka_unit_test(test_short_runs_say_so),
		cmocka_unit_test(test_waves_of_one_quantity),
		cmocka_unit_test(test_spread_between_runs),
		cmocka_unit_test(test_a_later_p_may_be_the_limit),
		cmocka_unit_test(test_smallest_difference),
		cmocka_unit_test(test_what_is_nowhere_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
