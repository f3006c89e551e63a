/* The rate follows the cost, and comes to rest. */
#include "flow/live/rate_control.h"

#include "tests/test.h"

enum { FREQUENCY = 20000, WINDOWS = 600 };

/* A load: samples cost so much at the full rate, everything else costs the rest. */
struct load {
	double samples, others;
};

static struct rate_cost cost_at(const struct load *l, uint64_t divisor)
{
	double samples = l->samples / (double)divisor;

	return (struct rate_cost){.all = samples + l->others, .samples = samples};
}

/* Runs the control until it rests, and returns the number of changes in the last half. */
static unsigned run(struct rate_control *c, const struct load *l)
{
	unsigned changes = 0;

	for (int i = 0; i < WINDOWS; i++) {
		uint64_t before = c->divisor;
		struct rate_cost cost = cost_at(l, before);

		rate_control_step(c, &cost);
		if (i >= WINDOWS / 2)
			changes += c->divisor != before;
	}
	return changes;
}

static void a_cheap_recording_keeps_its_rate(void **state)
{
	const struct load loads[] = {{0, 0}, {0.02, 0}, {0.005, 0.024}};
	struct rate_control c;

	(void)state;
	for (size_t i = 0; i < sizeof(loads) / sizeof(*loads); i++) {
		rate_control_init(&c, 0.03, FREQUENCY);
		assert_int_equal(run(&c, &loads[i]), 0);
		assert_int_equal(c.divisor, 1);
	}
}

static void the_rate_falls_below_the_limit_at_once(void **state)
{
	const struct load l = {0.39, 0.005};
	struct rate_cost cost = cost_at(&l, 1);
	struct rate_control c;

	(void)state;
	rate_control_init(&c, 0.03, FREQUENCY);
	assert_int_equal(rate_control_step(&c, &cost), 16);
	cost = cost_at(&l, 16);
	assert_true(cost.all <= 0.03);
	assert_int_equal(run(&c, &l), 0);
	assert_int_equal(c.divisor, 16);
}

/* Costs that samples do not cause cannot be lowered by fewer samples. */
static void other_costs_leave_samples_a_quarter(void **state)
{
	const struct load tables = {0.006, 0.5}, both = {0.1, 0.5};
	struct rate_control c;

	(void)state;
	rate_control_init(&c, 0.03, FREQUENCY);
	assert_int_equal(run(&c, &tables), 0);
	assert_int_equal(c.divisor, 1);
	assert_int_equal(run(&c, &both), 0);
	assert_int_equal(c.divisor, 16);
}

static void the_rate_rises_when_the_load_is_gone(void **state)
{
	const struct load heavy = {0.4, 0}, light = {0.01, 0};
	struct rate_control c;

	(void)state;
	rate_control_init(&c, 0.03, FREQUENCY);
	run(&c, &heavy);
	assert_true(c.divisor > 1);
	run(&c, &light);
	assert_int_equal(c.divisor, 1);
}

/* The cost of the first seconds: tables are read. The full rate is back soon. */
static void plenty_of_room_needs_no_patience(void **state)
{
	const struct load start = {0.4, 0.5}, later = {0.002, 0.001};
	struct rate_cost cost = cost_at(&start, 1);
	struct rate_control c;

	(void)state;
	rate_control_init(&c, 0.03, FREQUENCY);
	assert_int_equal(rate_control_step(&c, &cost), 64);
	for (int i = 0; i < 6; i++) {
		cost = cost_at(&later, c.divisor);
		rate_control_step(&c, &cost);
	}
	assert_int_equal(c.divisor, 1);
}

/* Samples get dearer at a higher rate than the control expects. */
static void a_rise_that_fails_is_tried_less_often(void **state)
{
	struct rate_control c;
	unsigned rises = 0;

	(void)state;
	rate_control_init(&c, 0.03, FREQUENCY);
	for (int i = 0; i < WINDOWS; i++) {
		uint64_t before = c.divisor;
		double samples = before < 8 ? 0.05 : 0.001;
		const struct rate_cost cost = {samples, samples};

		rate_control_step(&c, &cost);
		rises += c.divisor < before;
	}
	assert_in_range(rises, 2, 16);
	assert_int_equal(c.patience, 60);
}

static void the_rate_has_a_least(void **state)
{
	const struct load l = {50, 0};
	struct rate_control c;

	(void)state;
	rate_control_init(&c, 0.0001, 99);
	run(&c, &l);
	assert_int_equal(c.divisor, 4); /* 24 Hz */
	rate_control_init(&c, 0.0001, 30);
	run(&c, &l);
	assert_int_equal(c.divisor, 1);
}

/* The copies shrink when the rate cannot fall any more, and grow before it rises. */
static void copies_shrink_last(void **state)
{
	const struct rate_cost high = {.all = 0.5, .samples = 0.5};
	const struct rate_cost none = {0};
	struct rate_control c;

	(void)state;
	rate_control_init(&c, 0.01, 99);
	rate_control_copies(&c, 65528, 512);
	assert_int_equal(rate_control_step(&c, &high), 4);
	assert_int_equal(c.copy_divisor, 1);
	rate_control_step(&c, &high);
	assert_int_equal(c.copy_divisor, 2);
	for (int i = 0; i < WINDOWS; i++)
		assert_int_equal(rate_control_step(&c, &high), 4);
	assert_int_equal(c.copy_divisor, 64);
	while (c.copy_divisor > 1)
		assert_int_equal(rate_control_step(&c, &none), 4);
	while (c.divisor > 1) {
		rate_control_step(&c, &none);
		assert_int_equal(c.copy_divisor, 1);
	}
}

static void without_copies_only_the_rate_falls(void **state)
{
	const struct load l = {50, 0};
	struct rate_control c;

	(void)state;
	rate_control_init(&c, 0.0001, 99);
	rate_control_copies(&c, 0, 512);
	run(&c, &l);
	assert_int_equal(c.copy_divisor, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cheap_recording_keeps_its_rate),
		cmocka_unit_test(the_rate_falls_below_the_limit_at_once),
		cmocka_unit_test(other_costs_leave_samples_a_quarter),
		cmocka_unit_test(the_rate_rises_when_the_load_is_gone),
		cmocka_unit_test(plenty_of_room_needs_no_patience),
		cmocka_unit_test(a_rise_that_fails_is_tried_less_often),
		cmocka_unit_test(the_rate_has_a_least),
		cmocka_unit_test(copies_shrink_last),
		cmocka_unit_test(without_copies_only_the_rate_falls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
