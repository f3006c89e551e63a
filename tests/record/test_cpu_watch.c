/* Lists of CPUs, the kernel's messages, and the check once a second. */
#include "record/cpu_watch.h"

#include "base/clock.h"
#include "tests/test.h"

#define SECOND 1000000000ull

static void lists_are_read(void **state)
{
	struct cpu_set s = {0};

	(void)state;
	assert_true(cpu_set_read(&s, "0-2,5,8190-8191\n"));
	assert_int_equal(cpu_set_count(&s), 6);
	assert_true(cpu_set_has(&s, 0) && cpu_set_has(&s, 2) && cpu_set_has(&s, 5));
	assert_true(cpu_set_has(&s, 8191));
	assert_false(cpu_set_has(&s, 3) || cpu_set_has(&s, 4) || cpu_set_has(&s, 8192));
}

static void damaged_lists_are_refused(void **state)
{
	static const char *const wrong[] = {"",	  "\n",	  "a",	  "1-",	 "-1", "3-2",
					    "1,", "1,,2", "8192", "1 2", "1x", "0-9999"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct cpu_set s = {0};

		assert_false(cpu_set_read(&s, wrong[i]));
	}
}

static void messages_name_the_cpu(void **state)
{
	struct cpu_set gone = {0};

	(void)state;
	cpu_watch_read_message("online@/devices/system/cpu/cpu3", &gone);
	cpu_watch_read_message("offline@/devices/system/memory/memory3", &gone);
	cpu_watch_read_message("offline@/devices/system/cpu/cpu3/cache", &gone);
	cpu_watch_read_message("offline@/devices/system/cpu/cpux", &gone);
	assert_int_equal(cpu_set_count(&gone), 0);
	cpu_watch_read_message("offline@/devices/system/cpu/cpu3", &gone);
	assert_int_equal(cpu_set_count(&gone), 1);
	assert_true(cpu_set_has(&gone, 3));
}

/* As if one CPU had come, one had gone, and all others had stayed. */
static void changes_are_found_once_a_second(void **state)
{
	struct cpu_changes changes;
	struct cpu_watch w;
	unsigned first = 0;
	uint64_t now;
	size_t online;

	(void)state;
	cpu_watch_open(&w);
	now = clock_now();
	online = cpu_set_count(&w.online);
	assert_true(online > 0);
	while (!cpu_set_has(&w.online, first))
		first++;
	w.online.words[first / 64] &= ~(1ull << first % 64);
	cpu_set_add(&w.online, CPU_SET_MAX - 1);
	assert_false(cpu_watch_check(&w, now, &changes));
	assert_int_equal(cpu_watch_online_time(&w, now), 0);
	assert_true(cpu_watch_check(&w, now + 2 * SECOND, &changes));
	assert_true(cpu_set_has(&changes.come, first));
	assert_true(cpu_set_has(&changes.gone, CPU_SET_MAX - 1));
	assert_int_equal(cpu_set_count(cpu_watch_online(&w)), online);
	/* Two seconds with the old set, then one more with the new one. */
	assert_in_range(cpu_watch_online_time(&w, now + 3 * SECOND), 3 * SECOND * online,
			3 * SECOND * online + SECOND);
	assert_false(cpu_watch_check(&w, now + 2 * SECOND + 1, &changes));
	assert_in_range(cpu_watch_online_time(&w, now + SECOND), SECOND * online,
			SECOND * online + SECOND);
	cpu_watch_close(&w);
}

/* The clock of boots gains on the monotonic one while the machine is suspended: as if it
 * had been for a second. */
static void suspend_takes_all_cpus(void **state)
{
	struct cpu_changes changes;
	struct cpu_watch w;
	uint64_t now;
	size_t online;

	(void)state;
	cpu_watch_open(&w);
	online = cpu_set_count(&w.online);
	now = clock_now() - SECOND; /* the difference of the clocks grows by that */
	w.next = now;
	assert_true(cpu_watch_check(&w, now, &changes));
	assert_in_range(changes.slept, SECOND / 2, SECOND + SECOND / 2);
	assert_int_equal(cpu_set_count(&changes.gone), online);
	assert_int_equal(cpu_set_count(&changes.come), online);
	assert_int_equal(cpu_watch_online_time(&w, now), 0);
	cpu_watch_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_read),
		cmocka_unit_test(damaged_lists_are_refused),
		cmocka_unit_test(messages_name_the_cpu),
		cmocka_unit_test(changes_are_found_once_a_second),
		cmocka_unit_test(suspend_takes_all_cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
