#include "model/inline_table.h"

#include "tests/test.h"

static void finds_what_was_told(void **state)
{
	const struct inline_frame places[] = {{"leaf", "leaf.h", 3},
					      {NULL, "main.c", 40}};
	struct inline_table *t = inline_table_new();
	const struct inline_entry *spot;

	(void)state;
	assert_null(inline_table_find(t, 0));
	for (uint64_t at = 0; at < 1000; at++)
		inline_table_add(t, at * 3, places + at % 2, 2 - at % 2);
	inline_table_add(t, UINT64_MAX, NULL, 0);
	for (uint64_t at = 0; at < 1000; at++) {
		spot = inline_table_find(t, at * 3);
		assert_non_null(spot);
		assert_int_equal(spot->n, 2 - at % 2);
		assert_ptr_equal(t->places.items[spot->first + spot->n - 1].file,
				 places[1].file);
		assert_null(inline_table_find(t, at * 3 + 1));
	}
	spot = inline_table_find(t, UINT64_MAX);
	assert_non_null(spot);
	assert_int_equal(spot->n, 0);
	inline_table_free(&t);
	assert_null(t);
	inline_table_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_was_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
