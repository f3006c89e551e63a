#include "model/symbol.h"

#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static const char *name_at(struct symbol_table *t, uint64_t at)
{
	const struct symbol *s = symbol_table_find(t, at);

	return s ? s->name : NULL;
}

static void finds_what_holds_the_address(void **state)
{
	struct symbol_table *t = symbol_table_new();

	(void)state;
	assert_null(symbol_table_find(t, 0));
	symbol_table_add(t, 300, 400, "c");
	symbol_table_add(t, 100, 200, "a");
	symbol_table_add(t, 200, 250, "b");
	symbol_table_finish(t, 1000);
	assert_null(name_at(t, 99));
	assert_string_equal(name_at(t, 100), "a");
	assert_string_equal(name_at(t, 199), "a");
	assert_string_equal(name_at(t, 200), "b");
	assert_null(name_at(t, 250));
	assert_string_equal(name_at(t, 399), "c");
	assert_null(name_at(t, 400));
	symbol_table_free(&t);
	assert_null(t);
	symbol_table_free(&t);
}

static void marks_what_was_hit(void **state)
{
	struct symbol_table *t = symbol_table_new();

	(void)state;
	symbol_table_add(t, 100, 200, "a");
	symbol_table_add(t, 200, 300, "b");
	symbol_table_finish(t, 1000);
	symbol_table_find(t, 250);
	assert_false(t->items.items[0].hit);
	assert_true(t->items.items[1].hit);
	symbol_table_free(&t);
}

static void open_ends_reach_to_the_next(void **state)
{
	struct symbol_table *t = symbol_table_new();

	(void)state;
	symbol_table_add(t, 100, 0, "a");
	symbol_table_add(t, 200, 200, "b");
	symbol_table_add(t, 900, 0, "last");
	symbol_table_add(t, 2000, 0, "beyond");
	symbol_table_finish(t, 1000);
	assert_string_equal(name_at(t, 199), "a");
	assert_string_equal(name_at(t, 899), "b");
	assert_string_equal(name_at(t, 999), "last");
	/* The limit is not before its own start. */
	assert_string_equal(name_at(t, 2000), "beyond");
	assert_null(name_at(t, 2001));
	symbol_table_free(&t);
}

static void the_first_of_one_start_stays(void **state)
{
	enum { N = 100 };
	struct symbol_table *t = symbol_table_new();
	char names[N][16];

	(void)state;
	for (int i = 0; i < N; i++) {
		snprintf(names[i], sizeof(names[i]), "s%d", i);
		symbol_table_add(t, 100 * (uint64_t)(i % 10), 0, names[i]);
	}
	symbol_table_finish(t, 1000);
	assert_int_equal(t->items.n, 10);
	for (uint64_t i = 0; i < 10; i++)
		assert_string_equal(name_at(t, 100 * i), names[i]);
	symbol_table_free(&t);
}

/* Hand-written assembly: entries inside of a function, which goes on behind them. */
static void an_inner_symbol_does_not_end_the_outer_one(void **state)
{
	struct symbol_table *t = symbol_table_new();

	(void)state;
	symbol_table_add(t, 100, 1000, "memmove");
	symbol_table_add(t, 200, 300, "memmove_erms");
	symbol_table_add(t, 220, 240, "inner");
	symbol_table_add(t, 500, 600, "memmove_tail");
	symbol_table_finish(t, 2000);
	assert_string_equal(name_at(t, 230), "inner");
	assert_string_equal(name_at(t, 250), "memmove_erms");
	assert_string_equal(name_at(t, 400), "memmove");
	assert_string_equal(name_at(t, 999), "memmove");
	assert_null(name_at(t, 1000));
	symbol_table_free(&t);
}

/* Overlapping ranges beside a search through all of them. */
static void equals_a_naive_search(void **state)
{
	enum { N = 40 };
	uint64_t seed = 9;

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct symbol_table *t = symbol_table_new();

		for (int i = 0; i < N; i++) {
			uint64_t start = random_below(&seed, 500);

			symbol_table_add(t, start, start + 1 + random_below(&seed, 100),
					 "f");
		}
		symbol_table_finish(t, 600);
		for (uint64_t at = 0; at < 610; at++) {
			const struct symbol *wanted = NULL, *s;

			vec_each(s, &t->items)
				if (s->start <= at && at < s->end)
					wanted = s;
			assert_ptr_equal(symbol_table_find(t, at), wanted);
		}
		symbol_table_free(&t);
	}
}

/* A damaged file: nothing but nested symbols. It may lose names, but no time. */
static void deep_nests_are_bounded(void **state)
{
	enum { N = 200000 };
	struct symbol_table *t = symbol_table_new();

	(void)state;
	for (uint64_t i = 0; i < N; i++)
		symbol_table_add(t, i, 4 * (uint64_t)N - i, "f");
	symbol_table_finish(t, 8 * (uint64_t)N);
	assert_ptr_equal(symbol_table_find(t, N - 1), &t->items.items[N - 1]);
	for (uint64_t i = 0; i < N; i++)
		symbol_table_find(t, 4 * (uint64_t)N - i);
	symbol_table_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_holds_the_address),
		cmocka_unit_test(marks_what_was_hit),
		cmocka_unit_test(open_ends_reach_to_the_next),
		cmocka_unit_test(the_first_of_one_start_stays),
		cmocka_unit_test(an_inner_symbol_does_not_end_the_outer_one),
		cmocka_unit_test(equals_a_naive_search),
		cmocka_unit_test(deep_nests_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
