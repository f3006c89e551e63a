/* Verdicts on folded text, without times: changes that are no chance are found, and two
 * runs of one load are not different. On random runs, always the same, of 10,000
 * samples, with bursts as flame's own recordings have them at 99 Hz. */
#include "tests/test.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "diff/diff.h"
#include "tests/diff/texts.h"
#include "tests/diff/workload.h"

#include <math.h>
#include <stdio.h>

enum { PAIRS = 100, RUNS = 3 };

static const struct diff_options shares = {.measure = MEASURE_SHARE, .fdr = 0.05};

/* Compares 'n' runs a side; 'extra' is the planted function's additional share. */
static void compare(struct comparison *c, struct workload *w, double extra, size_t n,
		    const struct diff_options *options)
{
	struct sampled sampled[SIDES * RUNS];
	struct diff_run runs[SIDES * RUNS];

	for (size_t i = 0; i < SIDES * n; i++) {
		bool is_after = i >= n;

		workload_sample(&sampled[i], w, is_after ? extra : 0);
		runs[i] = (struct diff_run){.side = is_after ? AFTER : BEFORE,
					    .profile = &sampled[i].profile,
					    .unit = 1};
	}
	comparison_init(c);
	diff_make(c, runs, SIDES * n, options);
	for (size_t i = 0; i < SIDES * n; i++)
		sampled_release(&sampled[i]);
}

static size_t verdicts_of(const struct comparison *c)
{
	const struct function_change *f;
	size_t n = 0;

	vec_each(f, &c->functions)
		n += function_change_is_found(f, false);
	return n;
}

/* Of many pairs: the share in which the planted function has more, and the share with
 * any verdict. */
struct shares {
	double found, any;
};

static struct shares pairs(double phase, double extra, size_t n,
			   const struct diff_options *options)
{
	struct workload *w = mem_new(1, sizeof(*w));
	struct shares s = {0};

	for (int i = 0; i < PAIRS; i++) {
		struct comparison c;

		if (i % 10 == 0) {
			workload_make(w, phase, 0.1, 88172645463325252 + (uint64_t)i);
			w->seconds = 51;
		}
		compare(&c, w, extra, n, options);
		s.found += (function_named(&c, "f6")->total.verdict == VERDICT_MORE) /
			   (double)PAIRS;
		s.any += (verdicts_of(&c) > 0) / (double)PAIRS;
		comparison_release(&c);
	}
	mem_free(w);
	print_message("phases of %.2f s, %zu runs, %.3f more: found %.2f, any %.2f\n",
		      phase, n, extra, s.found, s.any);
	return s;
}

/* 10 % of 10,000 samples become 15 %. */
#define FIFTEEN (0.05 / 0.9)

static void test_a_half_more_of_a_tenth_is_found(void **state)
{
	static const double phases[] = {0, 0.02, 0.05};

	(void)state;
	for (size_t i = 0; i < array_size(phases); i++)
		assert_true(pairs(phases[i], FIFTEEN, 1, &shares).found >= 0.9);
}

/* Bursts of 0.5 s and more are longer than those of the recordings. */
static void test_runs_of_one_load_do_not_differ(void **state)
{
	static const double phases[] = {0, 0.02, 0.05, 0.2, 0.5, 1};

	(void)state;
	for (size_t i = 0; i < array_size(phases); i++)
		assert_true(pairs(phases[i], 0, 1, &shares).any <=
			    (phases[i] < 0.5 ? 0.05 : 0.1));
}

/* Two more runs of each side show what one pair shows. */
static void test_more_runs_hide_nothing(void **state)
{
	(void)state;
	assert_true(pairs(0.05, FIFTEEN, 3, &shares).found >= 0.95);
	assert_true(pairs(0.05, FIFTEEN, 2, &shares).found >= 0.9);
	assert_true(pairs(0.05, 0, 2, &shares).any <= 0.05);
	assert_true(pairs(0.5, 0, 3, &shares).any <= 0.05);
}

/* Independent samples, as the user says, show smaller changes. */
static void test_a_spread_that_is_given(void **state)
{
	const struct diff_options independent = {
		.measure = MEASURE_SHARE, .fdr = 0.05, .spread = 1};

	(void)state;
	assert_true(pairs(0, FIFTEEN / 2, 1, &independent).found >= 0.8);
	assert_true(pairs(0, 0, 1, &independent).any <= 0.05);
}

static void compare_texts(struct comparison *c, const char *before, const char *after)
{
	struct profile profiles[SIDES];
	struct diff_run runs[SIDES];

	profile_of_text(&profiles[BEFORE], before);
	profile_of_text(&profiles[AFTER], after);
	for (int i = 0; i < SIDES; i++)
		runs[i] = (struct diff_run){
			.side = (enum side)i, .profile = &profiles[i], .unit = 1};
	comparison_init(c);
	diff_make(c, runs, SIDES, &shares);
	for (int i = 0; i < SIDES; i++)
		profile_release(&profiles[i]);
}

/* Pairs that nobody would call chance. */
static void test_plain_pairs(void **state)
{
	static const struct {
		const char *before, *after, *name;
		enum verdict verdict;
	} pairs[] = {
		{"x;a 100\nx;b 900\n", "x;a 900\nx;b 100\n", "a", VERDICT_MORE},
		{"x;a 100\nx;b 900\n", "x;a 900\nx;b 100\n", "b", VERDICT_LESS},
		{"x;m;a 10000\n", "x;n;b 10000\n", "a", VERDICT_GONE},
		{"x;m;a 10000\n", "x;n;b 10000\n", "b", VERDICT_NEW},
		{"x;m;a 2500\nx;m;b 7500\n", "x;m;a 3370\nx;m;b 6630\n", "a",
		 VERDICT_MORE},
		{"x;m;a 1000\nx;m;b 9000\n", "x;m;a 2000\nx;m;b 8000\n", "a",
		 VERDICT_MORE},
		{"x;m;a 50\n", "x;m;b 50\n", "a", VERDICT_GONE},
		{"x;m;a 5000\nx;m;b 5000\n", "x;m;a 5100\nx;m;b 4900\n", "a",
		 VERDICT_NONE},
	};

	(void)state;
	for (size_t i = 0; i < array_size(pairs); i++) {
		scoped(comparison_release) struct comparison c;

		compare_texts(&c, pairs[i].before, pairs[i].after);
		if (function_named(&c, pairs[i].name)->total.verdict != pairs[i].verdict)
			fail_msg("pair %zu: verdict %s", i,
				 verdict_name(function_named(&c, pairs[i].name)
						      ->total.verdict));
	}
}

/* Numbers that a virtual machine counts are no names. */
static void test_names_of_a_virtual_machine(void **state)
{
	scoped(comparison_release) struct comparison c;

	(void)state;
	compare_texts(&c,
		      "java;run;com.x.Foo$$Lambda$733/101464973.apply;work 50\n"
		      "java;run;jdk.internal.reflect.GeneratedMethodAccessor120.invoke;"
		      "work2 50\n",
		      "java;run;com.x.Foo$$Lambda$801/99887766.apply;work 50\n"
		      "java;run;jdk.internal.reflect.GeneratedMethodAccessor77.invoke;"
		      "work2 50\n");
	assert_int_equal(c.functions.n, 5);
	assert_int_equal(c.evidence.found, 0);
	assert_true(function_named(&c, "com.x.Foo$$Lambda*.apply")->total.delta == 0);
}

/* Twenty functions take 0.8 times as long, and one takes longer: one finding, not 21. */
static void test_a_common_factor(void **state)
{
	char before[2000] = "", after[2000] = "";
	scoped(comparison_release) struct comparison c;
	size_t n = 0, m = 0;

	(void)state;
	for (int i = 0; i < 20; i++) {
		n += (size_t)snprintf(before + n, sizeof(before) - n, "p;m;f%d %d\n", i,
				      10000 + i);
		m += (size_t)snprintf(after + m, sizeof(after) - m, "p;m;f%d %d\n", i,
				      8000 + i);
	}
	snprintf(before + n, sizeof(before) - n, "p;m;culprit 20000\n");
	snprintf(after + m, sizeof(after) - m, "p;m;culprit 60000\n");
	compare_texts(&c, before, after);
	assert_true(fabs(c.evidence.factor - 0.8) < 0.01);
	assert_true(c.evidence.factor_low < 0.8 && c.evidence.factor_high > 0.8);
	assert_int_equal(function_named(&c, "culprit")->total.verdict, VERDICT_MORE);
	assert_int_equal(function_named(&c, "f7")->total.verdict, VERDICT_NONE);
	assert_int_equal(verdicts_of(&c), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_half_more_of_a_tenth_is_found),
		cmocka_unit_test(test_runs_of_one_load_do_not_differ),
		cmocka_unit_test(test_more_runs_hide_nothing),
		cmocka_unit_test(test_a_spread_that_is_given),
		cmocka_unit_test(test_plain_pairs),
		cmocka_unit_test(test_names_of_a_virtual_machine),
		cmocka_unit_test(test_a_common_factor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
