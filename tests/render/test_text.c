#include "base/utf8.h"
#include "render/text.h"

#include "tests/test.h"

#include "base/scoped.h"

#include <string.h>

static const char *shown(struct out *o, const char *s, size_t len)
{
	text_write(o, s, len);
	return out_data(o);
}

#define assert_shown(in, expected)                                                       \
	do {                                                                             \
		scoped(out_free) struct out *o_ = out_memory();                          \
		assert_string_equal(shown(o_, in, sizeof(in) - 1), expected);            \
	} while (0)

#define R "\xef\xbf\xbd"

static void good_text_passes(void **state)
{
	(void)state;
	assert_shown("std::vector<int>::push_back(int&&)",
		     "std::vector<int>::push_back(int&&)");
	assert_shown("caf\xc3\xa9 \xe4\xb8\xad \xf0\x9f\x94\xa5",
		     "caf\xc3\xa9 \xe4\xb8\xad \xf0\x9f\x94\xa5");
	assert_shown("", "");
}

static void control_characters_are_replaced(void **state)
{
	(void)state;
	assert_shown("a\x01z\x1b[0m\n\t\x7f", "a" R "z" R "[0m" R R R);
	assert_shown("a\0b", "a" R "b");
	assert_shown("\xc2\x85", R);
	assert_shown("\xef\xbf\xbe\xef\xbf\xbf", R R);
	assert_shown("\xe2\x80\xae"
		     "evil\xe2\x81\xa6",
		     R "evil" R);
}

static void broken_utf8_is_replaced(void **state)
{
	(void)state;
	assert_shown("\xff", R);
	assert_shown("a\x80z", "a" R "z");
	assert_shown("\xc3", R);
	assert_shown("\xe4\xb8", R R);
	assert_shown("\xc0\xaf", R R);
	assert_shown("\xe0\x80\xaf", R R R);
	assert_shown("\xed\xa0\x80", R R R);
	assert_shown("\xf4\x90\x80\x80", R R R R);
	assert_shown("\xc3<", R "<");
}

static void columns_are_cells(void **state)
{
	(void)state;
	assert_int_equal(text_columns("main", 4), 4);
	assert_int_equal(text_columns("\xc3\xa9", 2), 1);
	assert_int_equal(text_columns("\xe4\xb8\xad", 3), 2);
	assert_int_equal(text_columns("e\xcc\x81", 3), 1);
	assert_int_equal(text_columns("\xff\xff", 2), 2);
}

static void characters_come_back(void **state)
{
	(void)state;
	for (uint32_t c = 0x20; c < 0x110000; c++) {
		char text[UTF8_CHAR_MAX];
		const char *s = text, *end = text + utf8_put(text, c);
		uint32_t got = text_next(&s, end);

		if (got != c)
			assert_int_equal(got, TEXT_REPLACED);
		if (got == c)
			assert_ptr_equal(s, end);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_text_passes),
		cmocka_unit_test(control_characters_are_replaced),
		cmocka_unit_test(broken_utf8_is_replaced),
		cmocka_unit_test(columns_are_cells),
		cmocka_unit_test(characters_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
