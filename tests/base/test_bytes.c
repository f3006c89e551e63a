#include "base/bytes.h"

#include "tests/test.h"

static const uint8_t sixteen[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static void reads_in_order(void **state)
{
	struct bytes b = bytes_of(sixteen, sizeof(sixteen));

	(void)state;
	assert_int_equal(bytes_u8(&b), 0);
	assert_int_equal(bytes_u16(&b), 0x0201);
	assert_int_equal(bytes_u32(&b), 0x06050403);
	assert_int_equal(bytes_u64(&b), 0x0e0d0c0b0a090807);
	assert_int_equal(bytes_left(&b), 1);
	assert_false(b.failed);
}

static void reads_the_other_order(void **state)
{
	struct bytes b = bytes_of(sixteen, sizeof(sixteen));

	(void)state;
	b.swapped = true;
	assert_int_equal(bytes_u8(&b), 0);
	assert_int_equal(bytes_u16(&b), 0x0102);
	assert_int_equal(bytes_u32(&b), 0x03040506);
	assert_int_equal(bytes_u64(&b), 0x0708090a0b0c0d0e);
}

static void fails_for_good(void **state)
{
	struct bytes b = bytes_of(sixteen, 5);

	(void)state;
	assert_int_equal(bytes_u32(&b), 0x03020100);
	assert_int_equal(bytes_u32(&b), 0);
	assert_true(b.failed);
	/* One byte was left, but it cannot be read now. */
	assert_int_equal(bytes_u8(&b), 0);
	assert_int_equal(bytes_left(&b), 0);
	assert_null(bytes_take(&b, 0));
}

static void no_length_overflows(void **state)
{
	struct bytes b = bytes_of(sixteen, sizeof(sixteen));

	(void)state;
	bytes_skip(&b, 8);
	assert_null(bytes_take(&b, SIZE_MAX));
	assert_true(b.failed);
	b = bytes_of(sixteen, sizeof(sixteen));
	bytes_skip(&b, 8);
	assert_null(bytes_take(&b, SIZE_MAX - 7));
	assert_true(b.failed);
}

static void sub_reader_ends_where_it_is_told(void **state)
{
	struct bytes b = bytes_of(sixteen, sizeof(sixteen)), sub;

	(void)state;
	b.swapped = true;
	sub = bytes_sub(&b, 2);
	assert_int_equal(bytes_u16(&sub), 0x0001);
	assert_int_equal(bytes_u8(&sub), 0);
	assert_true(sub.failed);
	assert_false(b.failed);
	assert_int_equal(bytes_u8(&b), 2);
	sub = bytes_sub(&b, 14);
	assert_true(sub.failed);
	assert_true(b.failed);
}

static void strings_need_their_nul(void **state)
{
	struct bytes b = bytes_of("ab\0cdefg", 8);

	(void)state;
	assert_string_equal(bytes_str(&b, 4), "ab");
	assert_int_equal(b.at, 4);
	assert_string_equal(bytes_str(&b, 4), "");
	assert_true(b.failed);
	b = bytes_of("ab", 3);
	assert_string_equal(bytes_str(&b, 4), "");
	assert_true(b.failed);
	b = bytes_of("ab", 3);
	assert_string_equal(bytes_str(&b, 0), "");
	assert_true(b.failed);
}

static void nothing_can_be_read_from_nothing(void **state)
{
	struct bytes b = bytes_of(NULL, 0);

	(void)state;
	assert_int_equal(bytes_left(&b), 0);
	assert_int_equal(bytes_u64(&b), 0);
	assert_true(b.failed);
}

/* The examples of DWARF 5, 7.6. */
static void test_leb128(void **state)
{
	static const uint8_t data[] = {2,    127, 0x80, 1,    0xe5, 0x8e, 0x26, 0x7e,
				       0xff, 0,	  0x81, 0x7f, 0xc0, 0xbb, 0x78};
	static const uint8_t most[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
				       0xff, 0xff, 0xff, 0x01, 0x80, 0x80};
	struct bytes b = bytes_of(data, sizeof(data)), m = bytes_of(most, sizeof(most));

	(void)state;
	assert_int_equal(bytes_uleb(&b), 2);
	assert_int_equal(bytes_uleb(&b), 127);
	assert_int_equal(bytes_uleb(&b), 128);
	assert_int_equal(bytes_uleb(&b), 624485);
	assert_int_equal(bytes_sleb(&b), -2);
	assert_int_equal(bytes_sleb(&b), 127);
	assert_int_equal(bytes_sleb(&b), -127);
	assert_int_equal(bytes_sleb(&b), -123456);
	assert_false(b.failed);
	assert_true(bytes_uleb(&m) == UINT64_MAX);
	bytes_uleb(&m);
	assert_true(m.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_in_order),
		cmocka_unit_test(reads_the_other_order),
		cmocka_unit_test(fails_for_good),
		cmocka_unit_test(no_length_overflows),
		cmocka_unit_test(sub_reader_ends_where_it_is_told),
		cmocka_unit_test(strings_need_their_nul),
		cmocka_unit_test(nothing_can_be_read_from_nothing),
		cmocka_unit_test(test_leb128),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
