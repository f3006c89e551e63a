#include "tests/test.h"
#include "unwind/cfi_index.h"

#include <string.h>

/* Two entries of a section at 0x2000: code at 0x1000 described at 0x2100, and at 0x3000
 * described at 0x1ff0. */
static const uint8_t section[] = {
	1,    0x1b, 0x03, 0x3b, 0xfc, 0x00, 0x00, 0x00, 2, 0, 0, 0, /* head */
	0x00, 0xf0, 0xff, 0xff, 0x00, 0x01, 0x00, 0x00,		    /* first */
	0x00, 0x10, 0x00, 0x00, 0xf0, 0xff, 0xff, 0xff,		    /* second */
};

static void test_entries(void **state)
{
	struct cfi_index x;
	uint64_t start, frame;

	(void)state;
	assert_true(cfi_index_open(&x, bytes_of(section, sizeof(section)), 0x2000));
	assert_int_equal(x.n, 2);
	cfi_index_at(&x, 0, &start, &frame);
	assert_int_equal(start, 0x1000);
	assert_int_equal(frame, 0x2100);
	cfi_index_at(&x, 1, &start, &frame);
	assert_int_equal(start, 0x3000);
	assert_int_equal(frame, 0x1ff0);
}

static void test_what_is_no_index(void **state)
{
	struct cfi_index x;

	(void)state;
	for (size_t n = 0; n < sizeof(section); n++)
		assert_false(cfi_index_open(&x, bytes_of(section, n), 0x2000));
	for (size_t i = 0; i < 4; i++) {
		uint8_t other[sizeof(section)];

		memcpy(other, section, sizeof(other));
		other[i] = 0xff;
		assert_false(cfi_index_open(&x, bytes_of(other, sizeof(other)), 0x2000));
	}
}

static void test_more_entries_than_bytes(void **state)
{
	uint8_t other[sizeof(section)];
	struct cfi_index x;

	(void)state;
	memcpy(other, section, sizeof(other));
	memset(other + 8, 0xff, 4);
	assert_false(cfi_index_open(&x, bytes_of(other, sizeof(other)), 0x2000));
	memset(other + 8, 0, 4);
	assert_false(cfi_index_open(&x, bytes_of(other, sizeof(other)), 0x2000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_what_is_no_index),
		cmocka_unit_test(test_more_entries_than_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
