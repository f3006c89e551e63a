#include "tests/test.h"

#include "base/mem.h"
#include "base/sort.h"

#include <math.h>
#include <stdlib.h>

static int by_key(const void *a, const void *b)
{
	const struct sort_item *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

/* Against qsort() with the order of equal keys spelt out. */
static void check(uint64_t mask, size_t n)
{
	struct sort_item *a = mem_new(n, sizeof(*a)), *b = mem_new(n, sizeof(*b));
	uint64_t x = 88172645463325252;

	for (size_t i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		a[i] = b[i] = (struct sort_item){x & mask, (uint32_t)i};
	}
	sort_by_key(a, n);
	qsort(b, n, sizeof(*b), by_key);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(a[i].key, b[i].key);
		assert_int_equal(a[i].index, b[i].index);
	}
	mem_free(a);
	mem_free(b);
}

static void test_any_keys(void **state)
{
	static const uint64_t masks[] = {
		0, 1, 0xff, 0xff00, 0xffff0000ff, UINT64_MAX, 0x8000000000000000};

	(void)state;
	for (size_t i = 0; i < sizeof(masks) / sizeof(*masks); i++)
		for (size_t n = 0; n < 70; n++)
			check(masks[i], n);
	check(UINT64_MAX, 100000);
	check(0xfff, 100000);
}

/* Larger ones go with their keys, and those of equal keys stay in their order. */
static void test_items(void **state)
{
	struct item {
		char before[3];
		uint64_t key;
		uint32_t number;
	} items[1000];
	uint64_t seed = 7;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		items[i] = (struct item){"ab", random_below(&seed, 50) << 40, i};
	sort_items(items, 0, sizeof(*items), offsetof(struct item, key));
	sort_items(items, 1000, sizeof(*items), offsetof(struct item, key));
	for (size_t i = 0; i < 1000; i++)
		assert_string_equal(items[i].before, "ab");
	for (size_t i = 1; i < 1000; i++) {
		assert_true(items[i - 1].key <= items[i].key);
		if (items[i - 1].key == items[i].key)
			assert_true(items[i - 1].number < items[i].number);
	}
}

static void test_doubles(void **state)
{
	double values[] = {3, -1, 0.5, 3, -INFINITY, 0};
	static const double sorted[] = {-INFINITY, -1, 0, 0.5, 3, 3};

	(void)state;
	sort_doubles(values, sizeof(values) / sizeof(*values));
	assert_memory_equal(values, sorted, sizeof(values));
	sort_doubles(NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_any_keys),
					   cmocka_unit_test(test_items),
					   cmocka_unit_test(test_doubles)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
