#include "base/vec.h"

#include "tests/test.h"

#include <stdint.h>

struct item {
	uint64_t a, b;
};

static void keeps_what_is_pushed(void **state)
{
	VEC(uint64_t) v = {0};
	uint64_t expected = 0, *it;

	(void)state;
	assert_null(vec_last(&v));
	for (uint64_t i = 0; i < 10000; i++)
		vec_push(&v, i * i);
	assert_int_equal(v.n, 10000);
	assert_int_equal(*vec_last(&v), 9999 * 9999);
	vec_each(it, &v) {
		assert_int_equal(*it, expected * expected);
		expected++;
	}
	assert_int_equal(expected, 10000);
	vec_release(&v);
	assert_null(v.items);
	assert_int_equal(v.n, 0);
}

static void adds_zeroed_items(void **state)
{
	VEC(struct item) v = {0};

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 100; i++) {
			struct item *item = vec_add(&v);

			assert_int_equal(item->a | item->b, 0);
			assert_ptr_equal(item, vec_last(&v));
			*item = (struct item){UINT64_MAX, UINT64_MAX};
		}
		/* The memory stays and is dirty now. */
		v.n = 0;
	}
	vec_release(&v);
}

static void reserved_items_stay_where_they_are(void **state)
{
	VEC(uint64_t) v = {0};
	uint64_t *first;

	(void)state;
	vec_reserve(&v, 1000);
	first = v.items;
	for (uint64_t i = 0; i < 1000; i++)
		vec_push(&v, i);
	assert_ptr_equal(first, v.items);
	vec_release(&v);
}

static void an_empty_one_has_no_items(void **state)
{
	VEC(uint64_t) v = {0};
	uint64_t *it;

	(void)state;
	vec_each(it, &v)
		fail();
	vec_release(&v);
	vec_release(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_is_pushed),
		cmocka_unit_test(adds_zeroed_items),
		cmocka_unit_test(reserved_items_stay_where_they_are),
		cmocka_unit_test(an_empty_one_has_no_items),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
