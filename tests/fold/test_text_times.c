#include "tests/test.h"

#include "base/scoped.h"
#include "fold/perf_script.h"

#include <string.h>

static void read_times(struct timeline *t, const char *text)
{
	const struct text_read_options options = {.slices = 5, .timeline = t};
	scoped(text_read_result_release) struct text_read_result result;
	scoped(profile_release) struct profile p;

	profile_init(&p);
	perf_script_read(&p, text, strlen(text), &options, &result);
}

/* Samples at 1 s, 3.5 s and 2 s, in slices of 0.5 s. */
static void test_slices(void **state)
{
	static const uint64_t busy[] = {1, 0, 1, 0, 1};
	scoped(timeline_release) struct timeline t = {0};

	(void)state;
	read_times(&t, "a 1 [000] 1.000000: 1 c:\n\t1000 f (x)\n\n"
		       "a 1 [000] 3.499999999: 5 c:\n\t1000 f (x)\n\n"
		       "a 1 [000] 2.000000: 1 c:\n\t1000 g (x)\n\n");
	assert_int_equal(t.start, 1000000000);
	assert_int_equal(t.width, 500000000);
	assert_int_equal(t.slices.n, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(t.slices.items[i].busy, busy[i]);
	assert_int_equal(t.counts.n, 3);
	assert_int_equal(t.counts.items[1].weight, 5);
	assert_int_equal(t.weight, 7);
}

static void test_a_sample_without_a_time(void **state)
{
	scoped(timeline_release) struct timeline t = {0}, none = {0};

	(void)state;
	read_times(&t, "a 1 1 c:\n\t1000 f (x)\n\na 1 2 c:\n\t1000 f (x)\n\n");
	assert_int_equal(t.slices.n, 0);
	read_times(&none, "");
	assert_int_equal(none.slices.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slices),
		cmocka_unit_test(test_a_sample_without_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
