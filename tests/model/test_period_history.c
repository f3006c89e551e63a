/* The periods of a clock's samples while the recorder changes them. */
#include "model/period_history.h"

#include "base/scoped.h"
#include "tests/test.h"

enum { PERIOD = 1000 };

static void without_changes_each_is_one(void **state)
{
	scoped(period_history_release) struct period_history h = {0};

	(void)state;
	for (uint64_t time = PERIOD; time < 10 * PERIOD; time += PERIOD)
		assert_int_equal(period_history_count(&h, time, PERIOD), 1);
	/* Lost samples are not those of others. */
	assert_int_equal(period_history_count(&h, 100 * PERIOD, PERIOD), 1);
}

/* A full ring is read after several changes. */
static void late_samples_have_the_period_of_their_time(void **state)
{
	scoped(period_history_release) struct period_history h = {0};
	uint64_t sum = 0, time;

	(void)state;
	period_history_change(&h, 10 * PERIOD, 8);
	period_history_change(&h, 50 * PERIOD, 32);
	period_history_change(&h, 210 * PERIOD, 4);
	for (time = PERIOD; time <= 10 * PERIOD - 1; time += PERIOD)
		sum += period_history_count(&h, time, PERIOD);
	assert_int_equal(sum, 9);
	for (time = 18 * PERIOD; time < 50 * PERIOD; time += 8 * PERIOD)
		sum += period_history_count(&h, time, PERIOD);
	assert_int_equal(sum, 42);
	for (time = 82 * PERIOD; time < 210 * PERIOD; time += 32 * PERIOD)
		sum += period_history_count(&h, time, PERIOD);
	assert_int_equal(sum, 178);
	assert_int_equal(period_history_count(&h, 214 * PERIOD, PERIOD), 36);
	assert_int_equal(period_history_count(&h, 218 * PERIOD, PERIOD), 4);
	assert_int_equal(h.changes.n, 0);
}

/* The kernel begins a new interval: the sample after it stands for the old one too. */
static void a_change_cuts_an_interval_off(void **state)
{
	scoped(period_history_release) struct period_history h = {0};

	(void)state;
	period_history_change(&h, 0, 16);
	assert_int_equal(period_history_count(&h, 16 * PERIOD, PERIOD), 16);
	period_history_change(&h, 26 * PERIOD, 8);
	assert_int_equal(period_history_count(&h, 34 * PERIOD, PERIOD), 18);
	/* But not for more than one interval. */
	period_history_change(&h, 40 * PERIOD, 4);
	assert_int_equal(period_history_count(&h, 4000 * PERIOD, PERIOD), 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_changes_each_is_one),
		cmocka_unit_test(late_samples_have_the_period_of_their_time),
		cmocka_unit_test(a_change_cuts_an_interval_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
