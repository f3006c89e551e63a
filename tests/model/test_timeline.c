#include "model/timeline.h"

#include "tests/test.h"

#include "base/scoped.h"

static void sorts_and_sums_up(void **state)
{
	static const struct timeline_count counts[] = {
		{7, 1, 2, 20}, {3, 2, 1, 10}, {7, 0, 4, 40},
		{7, 1, 5, 50}, {0, 2, 1, 1},  {3, 1, 0, 0},
	};
	static const struct timeline_count sorted[] = {
		{0, 2, 1, 1}, {3, 2, 1, 10}, {7, 0, 4, 40}, {7, 1, 7, 70}};
	struct timeline t = {.width = 1};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		vec_push(&t.slices, ((struct timeline_slice){.idle = i}));
	for (size_t i = 0; i < array_size(counts); i++)
		vec_push(&t.counts, counts[i]);
	timeline_sort(&t);
	assert_int_equal(t.counts.n, array_size(sorted));
	for (size_t i = 0; i < array_size(sorted); i++) {
		assert_int_equal(t.counts.items[i].node, sorted[i].node);
		assert_int_equal(t.counts.items[i].slice, sorted[i].slice);
		assert_int_equal(t.counts.items[i].count, sorted[i].count);
		assert_int_equal(t.counts.items[i].weight, sorted[i].weight);
	}
	assert_int_equal(t.slices.items[0].busy, 4);
	assert_int_equal(t.slices.items[1].busy, 7);
	assert_int_equal(t.slices.items[2].busy, 2);
	assert_int_equal(t.slices.items[2].idle, 2);
	timeline_release(&t);
	assert_null(t.counts.items);
}

static void stands_being_empty(void **state)
{
	struct timeline t = {0};

	(void)state;
	timeline_sort(&t);
	assert_int_equal(t.counts.n, 0);
	timeline_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorts_and_sums_up),
		cmocka_unit_test(stands_being_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
