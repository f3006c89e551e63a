#include "base/scoped.h"
#include "elf/symbol_choice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The name at 'at' after the candidates were added, in their order or the other way
 * round. */
static const char *choose(const struct candidate *c, size_t n, bool reversed, uint64_t at)
{
	scoped(symbol_choice_release) struct symbol_choice choice = {0};
	scoped(symbol_table_free) struct symbol_table *t = symbol_table_new();
	const struct symbol *sym;

	for (size_t i = 0; i < n; i++)
		symbol_choice_add(&choice, &c[reversed ? n - 1 - i : i]);
	symbol_choice_finish(&choice, t);
	sym = symbol_table_find(t, at);
	return sym ? sym->name : "";
}

static void test_aliases(void **state)
{
	/* Each is better than all after it. */
	static const struct candidate by_rank[] = {
		{.start = 8, .end = 16, .name = "zz", .binding = BINDING_GLOBAL},
		{.start = 8, .end = 16, .name = "label", .is_label = true},
		{.start = 8, .end = 16, .name = "a", .binding = BINDING_WEAK},
		{.start = 8, .end = 16, .name = "b", .binding = BINDING_LOCAL},
		{.start = 8, .end = 16, .name = "bb", .binding = BINDING_LOCAL},
		{.start = 8, .end = 16, .name = "bc", .binding = BINDING_LOCAL},
		{.start = 8, .end = 16, .name = "_a", .binding = BINDING_LOCAL},
		{.start = 8, .end = 16, .name = "__a", .binding = BINDING_LOCAL},
		{.start = 8, .end = 16, .name = "open", .is_open = true},
	};
	size_t n = array_size(by_rank);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(choose(by_rank + i, n - i, false, 9),
				    by_rank[i].name);
		assert_string_equal(choose(by_rank + i, n - i, true, 9), by_rank[i].name);
	}
}

static void test_open_ends(void **state)
{
	static const struct candidate c[] = {
		{.start = 100, .end = 1000, .name = "a", .is_open = true},
		{.start = 200, .end = 1000, .name = "b", .is_open = true},
		{.start = 0x10000, .end = 0x10040, .name = "c", .is_open = true},
	};

	(void)state;
	assert_string_equal(choose(c, 3, true, 99), "");
	assert_string_equal(choose(c, 3, true, 100), "a");
	assert_string_equal(choose(c, 3, true, 199), "a");
	assert_string_equal(choose(c, 3, true, 200), "b");
	assert_string_equal(choose(c, 3, true, 999), "b");
	assert_string_equal(choose(c, 3, true, 1000), "");
	assert_string_equal(choose(c, 3, true, 0x1003f), "c");
	assert_string_equal(choose(c, 3, true, 0x10040), "");
}

static void test_label_inside_of_a_function(void **state)
{
	static const struct candidate c[] = {
		{.start = 100, .end = 200, .name = "function"},
		{.start = 150,
		 .end = 1000,
		 .name = "in",
		 .is_open = true,
		 .is_label = true},
		{.start = 200,
		 .end = 1000,
		 .name = "out",
		 .is_open = true,
		 .is_label = true},
	};

	(void)state;
	assert_string_equal(choose(c, 3, false, 160), "function");
	assert_string_equal(choose(c, 3, true, 210), "out");
}

/* Far apart, so that every byte of an address takes part. */
static void test_sorts(void **state)
{
	scoped(symbol_choice_release) struct symbol_choice choice = {0};
	scoped(symbol_table_free) struct symbol_table *t = symbol_table_new();
	uint64_t start = 1;

	(void)state;
	for (int i = 0; i < 5000; i++) {
		start = start * 6364136223846793005u + 1442695040888963407u;
		vec_push(&choice.items, ((struct candidate){.start = start >> 1,
							    .end = (start >> 1) + 1,
							    .name = "x"}));
	}
	symbol_choice_finish(&choice, t);
	assert_int_equal(t->items.n, 5000);
	for (size_t i = 1; i < t->items.n; i++)
		assert_true(t->items.items[i - 1].start < t->items.items[i].start);
}

static void test_nothing(void **state)
{
	(void)state;
	assert_string_equal(choose(NULL, 0, false, 1), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_open_ends),
		cmocka_unit_test(test_label_inside_of_a_function),
		cmocka_unit_test(test_sorts),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
