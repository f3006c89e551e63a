#include "model/build_id.h"

#include "tests/test.h"

static void is_compared_by_its_bytes(void **state)
{
	struct build_id a = build_id_of("0123456789abcdefghij", 20);
	struct build_id b = build_id_of("0123456789abcdefghij", 20);

	(void)state;
	assert_true(build_id_same(&a, &b));
	b.data[19] ^= 1;
	assert_false(build_id_same(&a, &b));
}

static void absence_equals_nothing(void **state)
{
	struct build_id none = build_id_of(NULL, 0), a = build_id_of("abc", 3);

	(void)state;
	assert_false(build_id_same(&none, &none));
	assert_false(build_id_same(&none, &a));
	assert_false(build_id_same(&a, &none));
}

static void padding_does_not_count(void **state)
{
	struct build_id a = build_id_of("0123456789abcdef", 16);
	struct build_id b = build_id_of("0123456789abcdef\0\0\0\0", 20);
	struct build_id c = build_id_of("0123456789abcdef\0\0\0x", 20);

	(void)state;
	assert_true(build_id_same(&a, &b));
	assert_false(build_id_same(&a, &c));
}

static void long_ones_are_cut(void **state)
{
	struct build_id a = build_id_of("0123456789abcdefghijklmnopqrstuv", 32);

	(void)state;
	assert_int_equal(a.size, BUILD_ID_MAX);
}

static void reads_as_hex(void **state)
{
	struct build_id a = build_id_of("\x00\x9a\xff", 3), none = {0};
	struct build_id full =
		build_id_of("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
			    "\xff\xff\xff\xff\xff\xff\xff\xff",
			    20);
	char text[BUILD_ID_HEX];

	(void)state;
	assert_string_equal(build_id_hex(&a, text), "009aff");
	assert_string_equal(build_id_hex(&none, text), "");
	assert_string_equal(build_id_hex(&full, text),
			    "ffffffffffffffffffffffffffffffffffffffff");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_compared_by_its_bytes),
		cmocka_unit_test(absence_equals_nothing),
		cmocka_unit_test(padding_does_not_count),
		cmocka_unit_test(long_ones_are_cut),
		cmocka_unit_test(reads_as_hex),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
