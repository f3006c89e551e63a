#include "flow/slices.h"

#include "tests/test.h"

static void cuts_the_whole_time(void **state)
{
	struct slices s = {.n = 4};

	(void)state;
	slices_cut(&s, 100, 139);
	assert_int_equal(s.n, 4);
	assert_int_equal(s.width, 10);
	for (uint64_t time = 90; time < 150; time++)
		slices_add(&s, 0, time, 1, time);
	assert_int_equal(s.counts.n, 4);
	for (uint32_t i = 0; i < 4; i++) {
		const struct slice_count *c = &s.counts.items[i];
		/* Ten samples before and ten after all slices count in the nearest
		 * one. */
		uint32_t first = i == 0 ? 90 : 100 + 10 * i,
			 end = i == 3 ? 150 : 110 + 10 * i;

		assert_int_equal(c->slice, i);
		assert_int_equal(c->count, end - first);
		assert_int_equal(c->weight, (first + end - 1) * (end - first) / 2);
	}
	slices_release(&s);
}

static void more_slices_than_time(void **state)
{
	struct slices s = {.n = 1000};

	(void)state;
	slices_cut(&s, 7, 9);
	assert_int_equal(s.n, 3);
	assert_int_equal(s.width, 1);
	s.n = 10;
	slices_cut(&s, 7, 7);
	assert_int_equal(s.n, 1);
	s.n = 10;
	slices_cut(&s, 0, UINT64_MAX);
	assert_true(s.n <= 10);
	slices_add(&s, 3, UINT64_MAX, 1, 1);
	assert_int_equal(s.counts.items[0].slice, s.n - 1);
	slices_release(&s);
}

static void keeps_chains_apart(void **state)
{
	struct slices s = {.n = 2};

	(void)state;
	slices_cut(&s, 0, 19);
	slices_add(&s, 5, 3, 1, 1);
	slices_add(&s, 2, 4, 1, 1);
	slices_add(&s, 5, 9, 1, 1);
	slices_add(&s, 5, 12, 1, 1);
	assert_int_equal(s.counts.n, 3);
	assert_int_equal(s.counts.items[0].chain, 5);
	assert_int_equal(s.counts.items[0].count, 2);
	assert_int_equal(s.counts.items[1].chain, 2);
	assert_int_equal(s.counts.items[2].slice, 1);
	slices_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_the_whole_time),
		cmocka_unit_test(more_slices_than_time),
		cmocka_unit_test(keeps_chains_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
