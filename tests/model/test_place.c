#include "model/place.h"

#include "tests/test.h"

static void finds_what_was_told(void **state)
{
	const struct place places[] = {{"leaf", "leaf.h", 3}, {NULL, "main.c", 40}};
	struct place_table *t = place_table_new();
	const struct place_spot *spot;

	(void)state;
	assert_null(place_table_find(t, 0));
	for (uint64_t at = 0; at < 1000; at++)
		place_table_add(t, at * 3, places + at % 2, 2 - at % 2);
	place_table_add(t, UINT64_MAX, NULL, 0);
	for (uint64_t at = 0; at < 1000; at++) {
		spot = place_table_find(t, at * 3);
		assert_non_null(spot);
		assert_int_equal(spot->n, 2 - at % 2);
		assert_ptr_equal(t->places.items[spot->first + spot->n - 1].file,
				 places[1].file);
		assert_null(place_table_find(t, at * 3 + 1));
	}
	spot = place_table_find(t, UINT64_MAX);
	assert_non_null(spot);
	assert_int_equal(spot->n, 0);
	place_table_free(&t);
	assert_null(t);
	place_table_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_was_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
