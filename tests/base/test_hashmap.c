#include "base/hashmap.h"

#include "tests/test.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/personality.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

/* How often 'value' stands under 'hash', and how many values do. */
static int times_under(const struct hashmap *m, uint64_t hash, uint32_t value, int *all)
{
	int times = 0;
	uint32_t v;

	*all = 0;
	hashmap_each(v, m, hash) {
		times += v == value;
		++*all;
	}
	assert_int_equal(v, HASHMAP_NONE);
	return times;
}

static void finds_nothing_in_an_empty_one(void **state)
{
	struct hashmap m = {0};
	int all;

	(void)state;
	assert_int_equal(hashmap_find(&m, 1, v, true), HASHMAP_NONE);
	assert_int_equal(times_under(&m, 1, 1, &all), 0);
	assert_int_equal(all, 0);
	assert_non_null(hashmap_first_slot(&m, 1));
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

static void find_returns_the_first_match(void **state)
{
	struct hashmap m = {0};
	uint64_t hash = 7ULL << 32;

	(void)state;
	for (uint32_t i = 0; i < 5; i++)
		hashmap_put(&m, hash, i);
	assert_int_equal(hashmap_find(&m, hash, v, v >= 2), 2);
	assert_int_equal(hashmap_find(&m, hash, v, v >= 5), HASHMAP_NONE);
	assert_int_equal(hashmap_find(&m, hash + (1ULL << 32), v, true), HASHMAP_NONE);
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

/* Every length, every changed byte and every seed gives another hash, in its upper half
 * too. */
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

/* The constants of the formula, as an attacker would put them into a file, hide
 * nothing. */
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

static ssize_t random_of_ones(void *data, size_t size, unsigned flags)
{
	(void)flags;
	memset(data, 1, size);
	return (ssize_t)size;
}

static ssize_t random_that_fails(void *data, size_t size, unsigned flags)
{
	(void)flags;
	memset(data, 1, size);
	errno = EAGAIN;
	return -1;
}

static ssize_t random_that_is_short(void *data, size_t size, unsigned flags)
{
	(void)flags;
	memset(data, 1, size);
	return (ssize_t)size - 1;
}

static void secret_is_random(void **state)
{
	const void *of_process = (const void *)getauxval(AT_RANDOM);
	uint64_t expected;

	(void)state;
	assert_int_equal(hash_secret_make(random_of_ones), 0x0101010101010101);
	assert_int_not_equal(hash_secret_make(getrandom), hash_secret_make(getrandom));
	assert_int_not_equal(hash_secret, 0);
	assert_non_null(of_process);
	memcpy(&expected, of_process, sizeof(expected));
	assert_int_equal(hash_secret_make(random_that_fails), expected);
	assert_int_equal(hash_secret_make(random_that_is_short), expected);
}

/* The secret of a new process of this program, which has its addresses where the
 * personality puts them. */
static uint64_t secret_of_process(unsigned long with_personality)
{
	char text[32] = "";
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		if (personality(with_personality) < 0)
			_exit(2);
		execl("/proc/self/exe", "test", "--secret", NULL);
		_exit(3);
	}
	close(fds[1]);
	while (read(fds[0], text, sizeof(text) - 1) < 0 && errno == EINTR)
		;
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
		skip();
	assert_int_equal(status, 0);
	return strtoull(text, NULL, 16);
}

static void secret_differs_without_address_randomization(void **state)
{
	uint64_t one = secret_of_process(ADDR_NO_RANDOMIZE);
	uint64_t other = secret_of_process(ADDR_NO_RANDOMIZE);

	(void)state;
	assert_int_not_equal(one, 0);
	assert_int_not_equal(one, other);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_nothing_in_an_empty_one),
		cmocka_unit_test(finds_each_of_many),
		cmocka_unit_test(equal_hashes_are_all_candidates),
		cmocka_unit_test(wraps_around),
		cmocka_unit_test(hash_tells_apart),
		cmocka_unit_test(hash_has_no_weak_key),
		cmocka_unit_test(hash_reads_no_further),
		cmocka_unit_test(find_returns_the_first_match),
		cmocka_unit_test(secret_is_random),
		cmocka_unit_test(secret_differs_without_address_randomization),
	};

	if (argc == 2 && strcmp(argv[1], "--secret") == 0)
		return printf("%016llx\n", (unsigned long long)hash_secret) < 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
