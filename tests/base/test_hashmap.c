#include "base/hashmap.h"

#include "tests/test.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* How often 'value' stands under 'hash', and how many values do. */
static int times_under(const struct hashmap *m, uint64_t hash, uint32_t value, int *all)
{
	struct hashmap_probe probe;
	int found = 0;

	*all = 0;
	for (uint32_t v = hashmap_first(&probe, m, hash); v != HASHMAP_NONE;
	     v = hashmap_next(&probe)) {
		found += v == value;
		++*all;
	}
	return found;
}

static void finds_nothing_in_an_empty_one(void **state)
{
	struct hashmap m = {0};
	struct hashmap_probe probe;

	(void)state;
	assert_int_equal(hashmap_first(&probe, &m, 1), HASHMAP_NONE);
	hashmap_release(&m);
}

static void finds_each_of_many(void **state)
{
	enum { N = 100000 };
	struct hashmap m = {0};
	int all;

	(void)state;
	for (uint32_t i = 0; i < N; i++)
		hashmap_put(&m, hash_u64(i, 5), i);
	assert_int_equal(m.n, N);
	for (uint32_t i = 0; i < N; i++)
		assert_int_equal(times_under(&m, hash_u64(i, 5), i, &all), 1);
	for (uint32_t i = N; i < 2 * N; i++)
		assert_int_equal(times_under(&m, hash_u64(i, 5), i, &all), 0);
	hashmap_release(&m);
	assert_null(m.slots);
}

static void equal_hashes_are_all_candidates(void **state)
{
	enum { N = 1000 };
	struct hashmap m = {0};
	uint64_t hash = 0x1234567800000000;
	int all;

	(void)state;
	for (uint32_t i = 0; i < N; i++)
		hashmap_put(&m, hash, i);
	/* A neighbour in place, another one by its hash. */
	hashmap_put(&m, hash + (1ULL << 32), N);
	for (uint32_t i = 0; i < N; i++) {
		assert_int_equal(times_under(&m, hash, i, &all), 1);
		assert_int_equal(all, N);
	}
	assert_int_equal(times_under(&m, hash + (1ULL << 32), N, &all), 1);
	assert_int_equal(all, 1);
	hashmap_release(&m);
}

/* Also with hashes of the worst kind: all at the end of the table, so that they wrap. */
static void wraps_around(void **state)
{
	struct hashmap m = {0};
	int all;

	(void)state;
	for (uint32_t i = 0; i < 7; i++)
		hashmap_put(&m, (uint64_t)(i << 16 | 0xffff) << 32, i);
	for (uint32_t i = 0; i < 7; i++) {
		assert_int_equal(
			times_under(&m, (uint64_t)(i << 16 | 0xffff) << 32, i, &all), 1);
		assert_int_equal(all, 1);
	}
	hashmap_release(&m);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Every length, every changed byte and every seed gives another hash, in its upper half too. */
static void hash_tells_apart(void **state)
{
	enum { LENGTHS = 70, N = LENGTHS * 20 };
	static uint64_t hashes[N];
	unsigned char data[LENGTHS] = {0};
	size_t n = 0;

	(void)state;
	for (size_t len = 0; len < LENGTHS; len++)
		hashes[n++] = hash_bytes(data, len, 0) >> 32;
	for (uint64_t seed = 1; seed < 10; seed++)
		hashes[n++] = hash_bytes(data, sizeof(data), seed) >> 32;
	for (size_t at = 0; at < sizeof(data); at++)
		for (unsigned char c = 1; c < 17; c++) {
			data[at] = c;
			hashes[n++] = hash_bytes(data, sizeof(data), 0) >> 32;
			data[at] = 0;
		}
	qsort(hashes, n, sizeof(*hashes), by_value);
	for (size_t i = 1; i < n; i++)
		assert_int_not_equal(hashes[i], hashes[i - 1]);
}

/* The constants of the formula, as somebody would put them into a file, hide nothing. */
static void hash_has_no_weak_key(void **state)
{
	static const uint64_t keys[] = {0, UINT64_MAX, 0x9e3779b97f4a7c15,
					0xe7037ed1a0b428db};
	enum { N = 1000 };
	uint64_t hashes[N];

	(void)state;
	for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++)
		for (int side = 0; side < 2; side++) {
			for (uint64_t i = 0; i < N; i++)
				hashes[i] = side ? hash_u64(i, keys[k])
						 : hash_u64(keys[k], i);
			qsort(hashes, N, sizeof(*hashes), by_value);
			for (size_t i = 1; i < N; i++)
				assert_int_not_equal(hashes[i], hashes[i - 1]);
		}
}

static void hash_reads_no_further(void **state)
{
	(void)state;
	for (size_t len = 0; len < 40; len++) {
		char *exact = malloc(len ? len : 1), *longer = malloc(len + 8);

		memset(exact, 'a', len ? len : 1);
		memset(longer, 'a', len + 8);
		memset(longer + len, 'b', 8);
		assert_int_equal(hash_bytes(exact, len, 3), hash_bytes(longer, len, 3));
		free(exact);
		free(longer);
	}
	assert_int_equal(hash_bytes(NULL, 0, 3), hash_bytes("", 0, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_nothing_in_an_empty_one),
		cmocka_unit_test(finds_each_of_many),
		cmocka_unit_test(equal_hashes_are_all_candidates),
		cmocka_unit_test(wraps_around),
		cmocka_unit_test(hash_tells_apart),
		cmocka_unit_test(hash_has_no_weak_key),
		cmocka_unit_test(hash_reads_no_further),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
