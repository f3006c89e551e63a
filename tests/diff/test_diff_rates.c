/* The measures that depend on time: weights, slices and CPUs. */
#include "tests/diff/texts.h"

#include "base/scoped.h"
#include "tests/test.h"

#include <math.h>

static const struct diff_options rates = {
	.measure = MEASURE_RATE, .is_time = true, .objects = true, .fdr = 0.05};

static void test_measures(void **state)
{
	struct diff_options options = {
		.measure = MEASURE_RATE, .is_time = true, .fdr = 0.05};
	scoped(comparison_release) struct comparison rate, work;
	scoped(profile_release) struct profile p;
	struct diff_run runs[SIDES];

	(void)state;
	profile_of_text(&p, "p;f 300\n");
	for (int i = 0; i < SIDES; i++)
		runs[i] = (struct diff_run){.side = (enum side)i,
					    .profile = &p,
					    .idle = 100,
					    .unit = 0.01,
					    .seconds = i == AFTER ? 6 : 2,
					    .work = i == AFTER ? 1500 : 100};
	comparison_init(&rate);
	diff_make(&rate, runs, SIDES, &options);
	assert_true(fabs(function_named(&rate, "f")->total.value[BEFORE] - 1.5) < 1e-9);
	assert_true(fabs(function_named(&rate, "f")->total.value[AFTER] - 0.5) < 1e-9);
	assert_true(fabs(rate.idle.value[BEFORE] - 0.5) < 1e-9);
	assert_true(comparison_scale(&rate) == 100 && comparison_point(&rate) == 0.01);
	options.measure = MEASURE_WORK;
	comparison_init(&work);
	diff_make(&work, runs, SIDES, &options);
	assert_true(fabs(function_named(&work, "f")->total.value[BEFORE] - 0.03) < 1e-9);
	assert_true(fabs(function_named(&work, "f")->total.value[AFTER] - 0.002) < 1e-9);
	assert_true(fabs(comparison_point(&work) - 0.0003) < 1e-9);
}

/* The same run on both sides. */
static void compare_twice(struct comparison *c, const struct diff_run *run)
{
	struct diff_run runs[SIDES] = {*run, *run};

	runs[AFTER].side = AFTER;
	comparison_init(c);
	diff_make(c, runs, SIDES, &rates);
}

static double width(const struct change *c)
{
	return c->high - c->low;
}

/* In ns; a sample of f weighs three times as much as one of g. */
static void test_weights(void **state)
{
	struct diff_run run = {.idle = 100, .weights = true, .unit = 1e-9, .seconds = 2};
	scoped(comparison_release) struct comparison c;
	scoped(profile_release) struct profile p;

	(void)state;
	profile_of_text(&p, "p;f 100\np;g 300\n");
	for (size_t i = 0; i < p.nodes.n; i++)
		p.nodes.items[i].weight = p.nodes.items[i].count ? 3000000000 : 0;
	run.profile = &p;
	compare_twice(&c, &run);
	assert_true(fabs(function_named(&c, "f")->total.value[BEFORE] - 1.5) < 1e-9);
	assert_true(fabs(function_named(&c, "g")->total.value[AFTER] - 1.5) < 1e-9);
	assert_true(fabs(width(&function_named(&c, "f")->total) -
			 width(&function_named(&c, "g")->total)) < 1e-9);
	/* Idle ones weigh as much as others on average. */
	assert_true(fabs(c.idle.value[BEFORE] - 0.75) < 1e-9);
}

static void test_times_need_ten_slices(void **state)
{
	scoped(profile_release) struct profile p;

	(void)state;
	profile_of_text(&p, "p;f 90\n");
	for (uint32_t n = 9; n <= 10; n++) {
		struct timeline t = {.width = 500000000};
		struct diff_run run = {
			.profile = &p, .timeline = &t, .unit = 0.01, .seconds = n * 0.5};
		scoped(comparison_release) struct comparison c;

		for (uint32_t i = 0; i < n; i++) {
			vec_add(&t.slices);
			vec_push(&t.counts, ((struct timeline_count){2, i, 90 / n, 0}));
		}
		compare_twice(&c, &run);
		assert_int_equal(c.evidence.has_slices, n == 10);
		assert_true(c.evidence.slice == (n == 10 ? 0.5 : 0));
		timeline_release(&t);
	}
}

/* A function with all samples cannot vary. */
static void test_there_is_no_more_than_all_cpus(void **state)
{
	scoped(profile_release) struct profile p;

	(void)state;
	profile_of_text(&p, "p;f 200\n");
	for (uint32_t cpus = 0; cpus <= 2; cpus++) {
		struct diff_run run = {
			.profile = &p, .cpus = cpus, .unit = 0.01, .seconds = 2};
		scoped(comparison_release) struct comparison c;

		compare_twice(&c, &run);
		assert_int_equal(width(&function_named(&c, "f")->total) > 0, cpus != 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_measures),
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_times_need_ten_slices),
		cmocka_unit_test(test_there_is_no_more_than_all_cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
