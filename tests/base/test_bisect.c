#include "base/bisect.h"

#include "tests/test.h"

static void finds_where_the_condition_ends(void **state)
{
	static const uint64_t sorted[] = {1, 3, 3, 3, 7, 9};
	const size_t n = sizeof(sorted) / sizeof(*sorted);

	(void)state;
	for (uint64_t key = 0; key < 12; key++) {
		size_t below = 0, up_to = 0;

		for (size_t i = 0; i < n; i++) {
			below += sorted[i] < key;
			up_to += sorted[i] <= key;
		}
		assert_int_equal(bisect(0, n, i, sorted[i] < key), below);
		assert_int_equal(bisect(0, n, i, sorted[i] <= key), up_to);
	}
}

static void stays_in_its_part(void **state)
{
	(void)state;
	assert_int_equal(bisect(5, 5, i, i < 100), 5);
	assert_int_equal(bisect(0, 0, i, i < 100), 0);
	assert_int_equal(bisect(5, 9, i, i < 100), 9);
	assert_int_equal(bisect(5, 9, i, i < 2), 5);
	assert_int_equal(bisect(5, 9, i, i < 7), 7);
	/* Indexes with a sum that does not fit. */
	assert_int_equal(bisect(SIZE_MAX - 9, SIZE_MAX, i, i < SIZE_MAX - 3),
			 SIZE_MAX - 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_where_the_condition_ends),
		cmocka_unit_test(stays_in_its_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
