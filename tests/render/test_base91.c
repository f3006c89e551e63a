#include "render/data/base91.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "tests/test.h"

#include <string.h>

static const struct {
	const char *bytes;
	size_t size;
	const char *text;
} vectors[] = {
	{"", 0, ""},
	{"\0", 1, "!!"},
	{"\1", 1, "\"!"},
	{"\x25", 1, "I!"},
	{"\x5b", 1, "!\""},
	{"\xff", 1, "m#"},
	{"\0\0", 2, "!!!"},
	{"\xff\xff", 2, "\"~)"},
	{"\xff\x1f", 2, "\"~!"},
	{"\x25\x1a", 2, "Vm!"},
	{"flame", 5, "tF(CBk!"},
};

static void the_alphabet_has_no_characters_of_xml(void **state)
{
	char seen[128] = {0};
	int n = 0;

	(void)state;
	for (int i = 0; i < 1 << 13; i++) {
		uint8_t bytes[2] = {(uint8_t)i, (uint8_t)(i >> 8)};
		scoped(out_free) struct out *o = out_memory();

		base91_write(o, bytes, 2);
		for (const char *s = out_data(o); *s; s++)
			seen[(unsigned char)*s] = 1;
	}
	for (int c = 0; c < 128; c++) {
		assert_true(!seen[c] || (c > ' ' && c <= '~' && !strchr("&<>", c)));
		n += seen[c];
	}
	assert_int_equal(n, 91);
}

static void bytes_come_back(void **state)
{
	uint8_t bytes[64];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * i * 37 + 255);
	for (size_t size = 0; size <= sizeof(bytes); size++) {
		scoped(out_free) struct out *o = out_memory();
		scoped(mem_release) uint8_t *back = NULL;
		size_t back_size = SIZE_MAX;

		base91_write(o, bytes, size);
		back = base91_read(out_data(o), out_pos(o), &back_size);
		assert_non_null(back);
		assert_int_equal(back_size, size);
		assert_memory_equal(back, bytes, size);
	}
}

static void digits_are_as_documented(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_size(vectors); i++) {
		scoped(out_free) struct out *o = out_memory();

		base91_write(o, vectors[i].bytes, vectors[i].size);
		assert_string_equal(out_data(o), vectors[i].text);
	}
}

static void other_text_is_refused(void **state)
{
	static const char *const texts[] = {
		"! ",  " !", "\x7f!", "&!", "!<", ">!", "\xc3\xa9", "~~", /* 8,280 */
		"!!&", "\"", "!!d", /* 64 in six bits */
		"!'",		    /* padding that is not 0 */
	};

	(void)state;
	for (size_t i = 0; i < array_size(texts); i++) {
		size_t size;

		if (base91_read(texts[i], strlen(texts[i]), &size))
			fail_msg("'%s' is not refused", texts[i]);
	}
}

/* A digit 0 more makes another number of bytes, or no text in base 91. */
static void each_number_of_digits_is_different(void **state)
{
	char digits[] = "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!";
	size_t last = SIZE_MAX;

	(void)state;
	for (size_t len = 0; len < sizeof(digits); len++) {
		size_t size = 0;
		scoped(mem_release) uint8_t *bytes = base91_read(digits, len, &size);

		if (!bytes)
			continue;
		assert_true(size != last);
		last = size;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_alphabet_has_no_characters_of_xml),
		cmocka_unit_test(bytes_come_back),
		cmocka_unit_test(digits_are_as_documented),
		cmocka_unit_test(other_text_is_refused),
		cmocka_unit_test(each_number_of_digits_is_different),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
