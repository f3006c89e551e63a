#include "fold/event_name.h"

#include "base/scoped.h"
#include "tests/test.h"

#include <string.h>

static void test_names_that_fit(void **state)
{
	static const struct {
		const char *full_name, *name;
		bool fits;
	} cases[] = {
		{"cycles", "cycles", true},
		{"cycles:u", "cycles", true},
		{"cycles:u", "cycles:u", true},
		{"cycles:uppp", "cycles:u", false},
		{"cycles", "cycle", false},
		{"cycles", "", false},
		{"cycles", "cycles:u", false},
		{"cpu_core/cycles/", "cpu_core", true},
		{"sched:sched_switch", "sched:sched_switch", true},
		{"sched:sched_switch", "sched_switch", true},
		{"sched:sched_switch", "switch", false},
		{"sched:sched_switch:u", "sched_switch", true},
		{"probe_libc:malloc", "malloc", true},
		{"probe_a:work__return", "work", false},
		/* A modifier is no name. */
		{"cycles:u", "u", false},
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++)
		assert_int_equal(event_name_fits(cases[i].full_name,
						 strlen(cases[i].full_name),
						 cases[i].name),
				 cases[i].fits);
}

static void test_names_without_modifiers(void **state)
{
	(void)state;
	assert_int_equal(event_name_base_len("cycles:u", 8), 6);
	assert_int_equal(event_name_base_len("cycles:ppp", 10), 6);
	assert_int_equal(event_name_base_len("cycles", 6), 6);
	assert_int_equal(event_name_base_len("cycles:", 7), 7);
	assert_int_equal(event_name_base_len("sched:sched_switch", 18), 18);
	assert_int_equal(event_name_base_len("", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_that_fit),
		cmocka_unit_test(test_names_without_modifiers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
