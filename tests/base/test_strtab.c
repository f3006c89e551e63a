#include "base/strtab.h"

#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static void equal_strings_are_one(void **state)
{
	struct strtab t;
	char text[] = "main";
	str_id id;

	(void)state;
	strtab_init(&t);
	id = strtab_add(&t, text);
	text[0] = 'x';
	assert_int_equal(strtab_add(&t, "main"), id);
	assert_int_equal(strtab_add_len(&t, "mainly", 4), id);
	assert_int_not_equal(strtab_add(&t, "xain"), id);
	assert_string_equal(strtab_str(&t, id), "main");
	assert_int_equal(strtab_len(&t, id), 4);
	strtab_release(&t);
}

static void number_0_is_empty(void **state)
{
	struct strtab t;

	(void)state;
	strtab_init(&t);
	assert_string_equal(strtab_str(&t, 0), "");
	assert_int_equal(strtab_add(&t, ""), 0);
	assert_int_equal(strtab_add_len(&t, "abc", 0), 0);
	assert_int_equal(strtab_add_len(&t, "\0abc", 4), 0);
	strtab_release(&t);
}

static void any_byte_but_nul(void **state)
{
	struct strtab t;
	str_id id;

	(void)state;
	strtab_init(&t);
	id = strtab_add_len(&t, "a\xff\n\x01\0b", 6);
	assert_int_equal(strtab_len(&t, id), 4);
	assert_memory_equal(strtab_str(&t, id), "a\xff\n\x01", 5);
	assert_int_equal(strtab_add(&t, "a\xff\n\x01"), id);
	strtab_release(&t);
}

static void many_strings_keep_their_place(void **state)
{
	enum { N = 50000 };
	struct strtab t;
	const char *first;
	char name[32];

	(void)state;
	strtab_init(&t);
	first = strtab_str(&t, strtab_add(&t, "first"));
	for (uint32_t i = 0; i < N; i++) {
		snprintf(name, sizeof(name), "function_%u", i);
		assert_int_equal(strtab_add(&t, name), i + 2);
	}
	for (uint32_t i = 0; i < N; i++) {
		snprintf(name, sizeof(name), "function_%u", i);
		assert_string_equal(strtab_str(&t, i + 2), name);
		assert_int_equal(strtab_add(&t, name), i + 2);
	}
	assert_ptr_equal(strtab_str(&t, 1), first);
	strtab_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_strings_are_one),
		cmocka_unit_test(number_0_is_empty),
		cmocka_unit_test(any_byte_but_nul),
		cmocka_unit_test(many_strings_keep_their_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
