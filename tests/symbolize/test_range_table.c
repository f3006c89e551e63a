#include "symbolize/dwarf/range_table.h"
#include "tests/test.h"

#include <stdbool.h>
#include <string.h>

enum { SPACE = 1000 };

/* Adds random ranges within [start, end), and ranges within those. Stores in
 * 'innermost' the item that a look-up of each address must return. */
static void add_some(struct range_table *t, uint64_t start, uint64_t end, uint32_t *next,
		     uint32_t *innermost, unsigned depth, uint64_t *seed)
{
	while (depth && start < end && random_below(seed, 4)) {
		uint64_t from = start + random_below(seed, end - start);
		uint64_t to = from + 1 + random_below(seed, end - from);
		uint32_t item = (*next)++;

		if (!random_below(seed, 4))
			from = start;
		range_table_add(t, from, to, item);
		for (uint64_t at = from; at < to; at++)
			innermost[at] = item;
		add_some(t, from, to, next, innermost, depth - 1, seed);
		start = to;
	}
}

static void test_nested(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		struct range_table t = {0};
		uint32_t innermost[SPACE], next = 0;

		memset(innermost, 0xff, sizeof(innermost));
		add_some(&t, 0, SPACE, &next, innermost, 8, &seed);
		range_table_add(&t, 5, 5, 99);
		range_table_finish(&t);
		for (uint64_t at = 0; at < SPACE; at++)
			assert_int_equal(range_table_find(&t, at), innermost[at]);
		assert_int_equal(range_table_find(&t, UINT64_MAX), RANGE_NONE);
		range_table_release(&t);
	}
}

/* Ranges that no compiler writes: a look-up ends, and its result contains the address. */
static void test_crossing(void **state)
{
	struct range_table t = {0};
	uint64_t seed = 11;

	(void)state;
	for (uint32_t i = 0; i < 200; i++) {
		uint64_t start = random_below(&seed, SPACE);

		range_table_add(&t, start, start + random_below(&seed, SPACE), i);
	}
	range_table_add(&t, 0, UINT64_MAX, 200);
	range_table_finish(&t);
	for (uint64_t at = 0; at < 3 * SPACE; at++) {
		uint32_t item = range_table_find(&t, at);
		bool found = false;

		for (size_t i = 0; i < t.items.n && item != RANGE_NONE; i++)
			found |= t.items.items[i].item == item &&
				 t.items.items[i].start <= at &&
				 at < t.items.items[i].end;
		assert_true(found || item == RANGE_NONE);
	}
	assert_int_equal(range_table_find(&t, 2 * SPACE), 200);
	range_table_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_crossing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
