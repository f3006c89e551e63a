#include "base/bisect.h"
#include "base/scoped.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

/* Counts the binary searches in the table. */
static unsigned long n_searches;

#undef bisect
#define bisect(low, high, i, is_before)                                                  \
	({                                                                               \
		size_t low_ = (low), high_ = (high);                                     \
		n_searches++;                                                            \
		while (low_ < high_) {                                                   \
			const size_t i = low_ + (high_ - low_) / 2;                      \
			if (is_before)                                                   \
				low_ = i + 1;                                            \
			else                                                             \
				high_ = i;                                               \
		}                                                                        \
		low_;                                                                    \
	})
#include "model/jit_code_table.c"

static void add(struct jit_code_table *t, uint64_t start, uint64_t end, uint64_t from,
		const char *name)
{
	assert_non_null(jit_code_table_add(t, start, end, from, name, strlen(name)));
}

/* The name at an address and time, "" for none. */
static const char *at(const struct jit_code_table *t, uint64_t addr, uint64_t time)
{
	const struct jit_function *c = jit_code_table_find(t, addr, time);

	return c ? c->name : "";
}

/* How often something has changed up to a time. */
static uint32_t changes(const struct jit_code_table *t, uint64_t time)
{
	uint32_t n = 0;

	for (size_t i = 0; i < t->changes.n; i++) {
		assert_true(!i || t->changes.items[i] >= t->changes.items[i - 1]);
		n += t->changes.items[i] <= time;
	}
	return n;
}

static void test_ranges(void **state)
{
	scoped(jit_code_table_free) struct jit_code_table *t = jit_code_table_new();

	(void)state;
	add(t, 200, 300, 0, "b");
	add(t, 100, 200, 0, "a");
	add(t, 400, 401, 0, "c");
	jit_code_table_finish(t, true);
	assert_string_equal(at(t, 99, 7), "");
	assert_string_equal(at(t, 100, 7), "a");
	assert_string_equal(at(t, 199, 7), "a");
	assert_string_equal(at(t, 200, 7), "b");
	assert_string_equal(at(t, 300, 7), "");
	assert_string_equal(at(t, 400, 7), "c");
	assert_string_equal(at(t, 401, UINT64_MAX - 1), "");
	assert_int_equal(changes(t, UINT64_MAX), 0);
}

static void test_empty(void **state)
{
	scoped(jit_code_table_free) struct jit_code_table *t = jit_code_table_new();

	(void)state;
	jit_code_table_finish(t, true);
	assert_string_equal(at(t, 0, 0), "");
	assert_int_equal(changes(t, 5), 0);
}

static void test_what_is_refused(void **state)
{
	scoped(jit_code_table_free) struct jit_code_table *t = jit_code_table_new();

	(void)state;
	assert_null(jit_code_table_add(t, 5, 5, 0, "a", 1));
	assert_null(jit_code_table_add(t, 5, 4, 0, "a", 1));
	assert_null(jit_code_table_add(t, 5, 6, 0, "", 0));
	assert_null(jit_code_table_add(t, 5, 6, 0, "\0a", 2));
	assert_int_equal(t->items.n, 0);
}

static void test_names_are_cleaned(void **state)
{
	static const char dirty[] = "a\x1b[2Jb\nc\x7f\xc3\xa4 d";
	scoped(jit_code_table_free) struct jit_code_table *t = jit_code_table_new();
	char longest[JIT_NAME_MAX + 100];

	(void)state;
	memset(longest, 'x', sizeof(longest));
	add(t, 1, 2, 0, dirty);
	assert_non_null(jit_code_table_add(t, 2, 3, 0, longest, sizeof(longest)));
	jit_code_table_finish(t, true);
	assert_string_equal(at(t, 1, 0), "a?[2Jb?c?\xc3\xa4 d");
	assert_int_equal(strlen(at(t, 2, 0)), JIT_NAME_MAX);
}

/* Each time has its own function at one address. */
static void test_reuse(void **state)
{
	scoped(jit_code_table_free) struct jit_code_table *t = jit_code_table_new();

	(void)state;
	add(t, 100, 200, 10, "a");
	add(t, 100, 200, 20, "b");
	add(t, 100, 200, 30, "a");
	jit_code_table_finish(t, true);
	/* Nothing is known from before the first one. */
	assert_string_equal(at(t, 150, 5), "a");
	assert_string_equal(at(t, 150, 19), "a");
	assert_string_equal(at(t, 150, 20), "b");
	assert_string_equal(at(t, 150, 29), "b");
	assert_string_equal(at(t, 150, 30), "a");
	assert_int_equal(changes(t, 0), changes(t, 19));
	assert_true(changes(t, 19) < changes(t, 20));
	assert_int_equal(changes(t, 20), changes(t, 29));
	assert_true(changes(t, 29) < changes(t, 30));
}

/* Of a function that was partly written over nothing is left. */
static void test_partly_written_over(void **state)
{
	scoped(jit_code_table_free) struct jit_code_table *t = jit_code_table_new();

	(void)state;
	add(t, 100, 200, 10, "a");
	add(t, 180, 220, 20, "b");
	add(t, 150, 160, 30, "c");
	jit_code_table_finish(t, true);
	assert_string_equal(at(t, 110, 19), "a");
	assert_string_equal(at(t, 190, 19), "a");
	assert_string_equal(at(t, 110, 20), "");
	assert_string_equal(at(t, 155, 25), "");
	assert_string_equal(at(t, 190, 20), "b");
	assert_string_equal(at(t, 219, 40), "b");
	/* It lies where something was: before its time it was not there. */
	assert_string_equal(at(t, 155, 35), "c");
	assert_true(changes(t, 29) < changes(t, 30));
}

static void test_told_twice(void **state)
{
	scoped(jit_code_table_free) struct jit_code_table *t = jit_code_table_new();

	(void)state;
	add(t, 100, 200, 10, "a");
	add(t, 100, 200, 20, "a");
	jit_code_table_finish(t, true);
	assert_string_equal(at(t, 150, 15), "a");
	assert_string_equal(at(t, 150, 25), "a");
	assert_int_equal(changes(t, UINT64_MAX), 0);
}

/* Without times what was added last counts. */
static void test_without_times(void **state)
{
	scoped(jit_code_table_free) struct jit_code_table *t = jit_code_table_new();

	(void)state;
	add(t, 100, 200, 0, "a");
	add(t, 300, 400, 0, "b");
	add(t, 100, 150, 0, "c");
	jit_code_table_finish(t, true);
	assert_int_equal(t->items.n, 2);
	assert_string_equal(at(t, 120, 0), "c");
	assert_string_equal(at(t, 160, UINT64_MAX - 1), "");
	assert_string_equal(at(t, 300, 1), "b");
}

static void test_end_by_itself(void **state)
{
	scoped(jit_code_table_free) struct jit_code_table *t = jit_code_table_new();

	(void)state;
	add(t, 100, 200, 10, "a");
	vec_last(&t->items)->until = 20;
	add(t, 100, 200, 30, "b");
	jit_code_table_finish(t, true);
	assert_string_equal(at(t, 150, 19), "a");
	assert_string_equal(at(t, 150, 20), "");
	assert_string_equal(at(t, 150, 29), "");
	assert_string_equal(at(t, 150, 30), "b");
	assert_true(changes(t, 19) < changes(t, 20));
	assert_true(changes(t, 20) < changes(t, 30));
}

/* Where only a part is known, the time before is unknown. */
static void test_not_all(void **state)
{
	scoped(jit_code_table_free) struct jit_code_table *t = jit_code_table_new();

	(void)state;
	add(t, 100, 200, 10, "a");
	jit_code_table_finish(t, false);
	assert_string_equal(at(t, 150, 9), "");
	assert_string_equal(at(t, 150, 10), "a");
	assert_true(changes(t, 9) < changes(t, 10));
}

/* The result of a plain search through all functions. */
static const char *plainly(const struct jit_function *all, size_t n, uint64_t addr,
			   uint64_t time)
{
	const struct jit_function *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (all[i].from <= time && addr >= all[i].start && addr < all[i].end)
			best = &all[i];
	for (size_t i = 0; best && i < n; i++)
		if (&all[i] > best && all[i].from <= time && all[i].start < best->end &&
		    best->start < all[i].end)
			return "";
	return best ? best->name : "";
}

static void test_random(void **state)
{
	enum { N = 60 };
	static const char *const names[] = {"a", "b", "c", "d", "e"};
	uint64_t seed = 5;

	(void)state;
	for (int round = 0; round < 200; round++) {
		scoped(jit_code_table_free) struct jit_code_table *t =
			jit_code_table_new();
		struct jit_function all[N];
		uint32_t epoch = 0;

		for (size_t i = 0; i < N; i++) {
			all[i] = (struct jit_function){
				.start = random_below(&seed, 100),
				.from = 1 + i * 10,
				.name = names[random_below(&seed, 5)]};
			all[i].end = all[i].start + 1 + random_below(&seed, 20);
			add(t, all[i].start, all[i].end, all[i].from, all[i].name);
		}
		jit_code_table_finish(t, false);
		for (uint64_t addr = 0; addr < 120; addr++)
			for (uint64_t time = 0; time < 10 * N; time += 5)
				assert_string_equal(at(t, addr, time),
						    plainly(all, N, addr, time));
		for (uint64_t time = 1; time < 10 * N; time++) {
			uint32_t next = changes(t, time);

			for (uint64_t addr = 0; next == epoch && addr < 120; addr++)
				assert_string_equal(at(t, addr, time - 1),
						    at(t, addr, time));
			assert_true(next >= epoch);
			epoch = next;
		}
	}
}

/* A program that writes its code to the same place all day. */
static void test_reuse_without_end(void **state)
{
	enum { N = 200000 };

	(void)state;
	for (uint64_t has_times = 0; has_times < 2; has_times++) {
		scoped(jit_code_table_free) struct jit_code_table *t =
			jit_code_table_new();
		char name[16];

		for (uint64_t i = 0; i < N; i++) {
			snprintf(name, sizeof(name), "f%u", (unsigned)i);
			add(t, 100, 200 - i % 3, has_times * (10 + i), name);
		}
		add(t, 50, 60, has_times * (10 + N), "beside");
		jit_code_table_finish(t, true);
		assert_string_equal(at(t, 150, 10 + N), "f199999");
		assert_string_equal(at(t, 55, 10 + N), "beside");
		for (uint64_t i = 0; has_times && i < N; i += 97) {
			snprintf(name, sizeof(name), "f%u", (unsigned)i);
			assert_string_equal(at(t, 150, 10 + i), name);
		}
	}
}

/* All over all: an answer in time, which is that nothing is known. */
static void test_absurd(void **state)
{
	scoped(jit_code_table_free) struct jit_code_table *t = jit_code_table_new();

	(void)state;
	for (uint64_t i = 0; i < 100000; i++)
		add(t, i, UINT64_MAX - i, i, "a");
	jit_code_table_finish(t, true);
	assert_int_equal(t->items.n, 0);
	assert_string_equal(at(t, 5, 5), "");
}

/* Each function reaches into the next one, which was there before it: no look-up may go
 * through all of them. A large one keeps them together. */
static void test_stairs(void **state)
{
	enum { N = 20000, LOG_N = 15 };
	scoped(jit_code_table_free) struct jit_code_table *t = jit_code_table_new();

	(void)state;
	add(t, 1, 2 * N + 9, 1, "large");
	for (uint64_t i = 0; i < N; i++)
		add(t, 10 + 2 * i, 13 + 2 * i, 10 + N - i, "step");
	n_searches = 0;
	jit_code_table_finish(t, true);
	assert_true(n_searches < (uint64_t)8 * LOG_N * N);
	n_searches = 0;
	assert_string_equal(at(t, 2 * N + 5, 12), "");
	assert_true(n_searches < (uint64_t)8 * LOG_N);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_what_is_refused),
		cmocka_unit_test(test_names_are_cleaned),
		cmocka_unit_test(test_reuse),
		cmocka_unit_test(test_partly_written_over),
		cmocka_unit_test(test_told_twice),
		cmocka_unit_test(test_without_times),
		cmocka_unit_test(test_end_by_itself),
		cmocka_unit_test(test_not_all),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_reuse_without_end),
		cmocka_unit_test(test_absurd),
		cmocka_unit_test(test_stairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
