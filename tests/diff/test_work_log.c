#include "tests/test.h"

#include "base/scoped.h"
#include "diff/work_log.h"
#include "tests/diff/near.h"

#include <string.h>

static int parse(struct work_log *log, const char *text, struct error *err)
{
	return work_log_parse(log, text, strlen(text), err);
}

static void test_lines(void **state)
{
	scoped(work_log_release) struct work_log log = {0};
	struct error err;

	(void)state;
	assert_int_equal(
		parse(&log, "# time, requests\n0 100\n\n 10,\t300\r\n20;300", &err), 0);
	assert_int_equal(log.items.n, 3);
	assert_near(work_log_at(&log, 5), 200, 1e-9);
	assert_near(work_log_at(&log, 10), 300, 1e-9);
	assert_near(work_log_at(&log, 15), 300, 1e-9);
	/* Outside, at the nearest rate. */
	assert_near(work_log_at(&log, -1), 80, 1e-9);
	assert_near(work_log_at(&log, 21), 300, 1e-9);
}

/* Two counts at one time leave no division by 0. */
static void test_one_time_twice(void **state)
{
	scoped(work_log_release) struct work_log log = {0};
	struct error err;

	(void)state;
	assert_int_equal(parse(&log, "1 10\n1 20\n2 30\n", &err), 0);
	assert_int_equal(log.items.n, 2);
	assert_near(work_log_at(&log, 1.5), 25, 1e-9);
}

static void test_bad_lines(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{"1 2\n2 x\n", "line 2 is not a time and a count"},
		{"1 2\n2\n", "line 2 is not a time and a count"},
		{"1 2 3\n", "line 1 is not a time and a count"},
		{"2 2\n1 3\n", "line 2: the time decreases"},
		{"1 3\n\n2 2\n", "line 3: the count decreases"},
		{"1 3\n", "a work log has at least two lines, each a time and a count"},
		{"", "a work log has at least two lines, each a time and a count"},
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		scoped(work_log_release) struct work_log log = {0};
		struct error err;

		assert_int_equal(parse(&log, cases[i].text, &err), -1);
		assert_string_equal(err.text, cases[i].error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_one_time_twice),
		cmocka_unit_test(test_bad_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
