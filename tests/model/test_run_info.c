/* Numbers that a recording claims. */
#include "tests/test.h"

#include "base/scoped.h"
#include "model/run_info.h"

static void test_numbers_that_add_up(void **state)
{
	static const struct run_info good[] = {
		{.cpus = 4},
		{.samples = UINT64_MAX - 2, .lost = 1, .idle_samples = 1},
		{.busy = UINT64_MAX - 1, .idle = 1},
		{.duration = UINT64_MAX, .cpus = 1},
	};
	static const struct run_info bad[] = {
		{.samples = UINT64_MAX - 2, .lost = 2, .idle_samples = 1},
		{.lost = UINT64_MAX, .lost_side_band = 1},
		{.busy = UINT64_MAX, .idle = 1},
		{.duration = UINT64_MAX / 2 + 1, .cpus = 2},
		{.has_overflow = true},
	};

	(void)state;
	for (size_t i = 0; i < array_size(good); i++)
		assert_true(run_info_adds_up(&good[i]));
	for (size_t i = 0; i < array_size(bad); i++)
		assert_false(run_info_adds_up(&bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_that_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
