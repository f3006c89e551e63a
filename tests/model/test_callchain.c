#include "model/callchain.h"

#include "tests/test.h"

#include <string.h>

static uint32_t count(struct callchain_table *t, const struct callchain *like)
{
	uint32_t which;

	callchain_count(t, like, 1, &which);
	return which;
}

static void equal_chains_are_counted_once(void **state)
{
	uint64_t addrs[] = {CALLCHAIN_USER, 0x1000, 0x2000};
	struct callchain like = {
		.addrs = addrs, .n = 3, .time = 5, .count = 1, .weight = 10};
	struct callchain_table t = {0};

	(void)state;
	count(&t, &like);
	like.time = 6;
	like.weight = 7;
	count(&t, &like);
	/* The addresses were copied. */
	addrs[1] = 0x3000;
	count(&t, &like);
	assert_int_equal(t.items.n, 2);
	assert_int_equal(t.items.items[0].count, 2);
	assert_int_equal(t.items.items[0].weight, 17);
	assert_int_equal(t.items.items[0].time, 5);
	assert_int_equal(t.items.items[0].addrs[1], 0x1000);
	assert_int_equal(t.items.items[1].count, 1);
	callchain_table_release(&t);
}

static void whatever_differs_keeps_apart(void **state)
{
	const uint64_t addrs[] = {1, 2, 3};
	const struct callchain likes[] = {
		{.addrs = addrs, .n = 3, .count = 1},
		{.addrs = addrs, .n = 2, .count = 1},
		{.addrs = addrs, .n = 0, .count = 1},
		{.addrs = addrs + 1, .n = 2, .count = 1},
		{.addrs = addrs, .n = 3, .count = 1, .root = 1},
		{.addrs = addrs, .n = 3, .count = 1, .space = 1},
		{.addrs = addrs, .n = 3, .count = 1, .epoch = 1},
	};
	struct callchain_table t = {0};
	size_t n = sizeof(likes) / sizeof(*likes);

	(void)state;
	for (size_t round = 0; round < 3; round++)
		for (size_t i = 0; i < n; i++)
			assert_int_equal(count(&t, &likes[i]), i);
	assert_int_equal(t.items.n, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(t.items.items[i].count, 3);
		assert_int_equal(t.items.items[i].n, likes[i].n);
		assert_memory_equal(t.items.items[i].addrs, likes[i].addrs,
				    8 * likes[i].n);
	}
	callchain_table_release(&t);
}

static void an_empty_chain_needs_no_addresses(void **state)
{
	struct callchain_table t = {0};
	struct callchain like = {.count = 2};

	(void)state;
	count(&t, &like);
	count(&t, &like);
	assert_int_equal(t.items.n, 1);
	assert_int_equal(t.items.items[0].count, 4);
	callchain_table_release(&t);
}

/* Many chains of few kinds, beside a plain array of them. */
static void nothing_is_lost_among_many(void **state)
{
	enum { SAMPLES = 50000, KINDS = 4096 };
	static uint64_t counts[KINDS], weights[KINDS];
	struct callchain_table t = {0};
	uint64_t seed = 11;
	size_t kinds = 0;

	(void)state;
	memset(counts, 0, sizeof(counts));
	memset(weights, 0, sizeof(weights));
	for (int i = 0; i < SAMPLES; i++) {
		uint64_t kind = random_below(&seed, KINDS), addrs[13];
		struct callchain like = {
			.addrs = addrs, .count = 1, .weight = (uint64_t)i};

		for (int bit = 0; bit < 12; bit++)
			addrs[bit] = 0x400000 + (kind >> bit & 1);
		like.n = 12;
		count(&t, &like);
		counts[kind]++;
		weights[kind] += (uint64_t)i;
	}
	for (size_t i = 0; i < KINDS; i++)
		kinds += counts[i] > 0;
	assert_int_equal(t.items.n, kinds);
	for (size_t i = 0; i < t.items.n; i++) {
		const struct callchain *chain = &t.items.items[i];
		size_t kind = 0;

		for (int bit = 0; bit < 12; bit++)
			kind |= (chain->addrs[bit] - 0x400000) << bit;
		assert_int_equal(chain->count, counts[kind]);
		assert_int_equal(chain->weight, weights[kind]);
	}
	callchain_table_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_chains_are_counted_once),
		cmocka_unit_test(whatever_differs_keeps_apart),
		cmocka_unit_test(an_empty_chain_needs_no_addresses),
		cmocka_unit_test(nothing_is_lost_among_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
