/* Escapes for terminals. */
#include "tests/test.h"

#include "base/mem.h"
#include "base/printable.h"
#include "base/scoped.h"

#include <string.h>

static const struct {
	const char *text, *shown;
} cases[] = {
	{"", ""},
	{"plain \\ text", "plain \\ text"},
	{"\x01\x1b[31m\x7f", "\\x01\\x1b[31m\\x7f"},
	{"a\tb\rc", "a\\tb\\rc"},
	{"\x80\x9f", "\\x80\\x9f"},
	{"\xc2\x80\xc2\x9f\xc2\xa0", "\\u0080\\u009f\xc2\xa0"},
	{"\xe2\x80\xaa\xe2\x80\xae", "\\u202a\\u202e"},
	{"\xe2\x81\xa6\xe2\x81\xa9", "\\u2066\\u2069"},
	{"\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", "\\u200e\\u200f\\u061c"},
	{"\xef\xbb\xbf\xf0\x9f\xbf\xbe", "\\ufeff\\U0001fffe"},
	{"\xc3\xa4\xe2\x82\xac\xf0\x9d\x84\x9e", "\xc3\xa4\xe2\x82\xac\xf0\x9d\x84\x9e"},
	{"\xc3", "\\xc3"},
	{"\xc2\xad\xe2\x80\x8b\xe2\x81\xa0\xf3\xa0\x81\x81",
	 "\\u00ad\\u200b\\u2060\\U000e0041"},
	{"\xcd\x8f\xe1\x85\x9f\xe3\x85\xa4\xef\xbe\xa0", "\\u034f\\u115f\\u3164\\uffa0"},
	{"\xef\xb8\x80\xef\xb8\x8f\xf0\x9d\x85\xb3\xf0\x9b\xb2\xa0",
	 "\\ufe00\xef\xb8\x8f\\U0001d173\\U0001bca0"},
	{"\xe2\x80\x8c\xe2\x80\x8d", "\xe2\x80\x8c\xe2\x80\x8d"},
	{"\xe2\x82", "\\xe2\\x82"},
	{"\xed\xa0\x80\xc0\x80", "\\xed\\xa0\\x80\\xc0\\x80"},
	{"\xf5\xff", "\\xf5\\xff"},
};

static void test_escapes(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		scoped(mem_release) char *shown = printable_text(cases[i].text, 0);

		assert_string_equal(shown, cases[i].shown);
		assert_int_equal(printable_is(cases[i].text, strlen(cases[i].text)),
				 strcmp(cases[i].text, shown) == 0);
	}
}

static void test_lines(void **state)
{
	scoped(mem_release) char *lines = printable_text("a\r\nb", PRINTABLE_LINES);
	scoped(mem_release) char *line = printable_text("a\r\nb", 0);

	(void)state;
	assert_string_equal(lines, "a\\r\nb");
	assert_string_equal(line, "a\\r\\nb");
}

/* Random bytes in pieces give the text that they give at once, and escapes give no more
 * escapes. */
static void test_pieces(void **state)
{
	uint64_t seed = 3;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char text[24], whole[sizeof(text) * PRINTABLE_TIMES],
			parts[sizeof(text) * PRINTABLE_TIMES];
		size_t n = random_below(&seed, sizeof(text)), len = n, n_whole, at = 0;
		size_t n_parts = 0, end = 0;

		for (size_t i = 0; i < n; i++)
			text[i] = random_below(&seed, 2)
					  ? "\xe2\x80\xae\xc2\x9f\xf0\x9d\x84\x9e\x1b"
						    [random_below(&seed, 10)]
					  : (char)random_below(&seed, 256);
		n_whole = printable_copy(whole, text, &len, 0);
		assert_int_equal(len, n);
		assert_true(printable_is(whole, n_whole));
		while (at < n) {
			end += end < n;
			len = end - at;
			n_parts += printable_copy(parts + n_parts, text + at, &len,
						  end < n ? PRINTABLE_MORE : 0);
			at += len;
		}
		assert_int_equal(n_parts, n_whole);
		assert_memory_equal(parts, whole, n_whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
