#include "render/base64.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "tests/test.h"

#include <string.h>

/* The examples of RFC 4648, section 10. */
static const struct {
	const char *bytes, *text;
} examples[] = {
	{"", ""},
	{"f", "Zg=="},
	{"fo", "Zm8="},
	{"foo", "Zm9v"},
	{"foob", "Zm9vYg=="},
	{"fooba", "Zm9vYmE="},
	{"foobar", "Zm9vYmFy"},
};

static void writes_the_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_size(examples); i++) {
		scoped(out_free) struct out *o = out_memory();

		base64_write(o, examples[i].bytes, strlen(examples[i].bytes));
		assert_string_equal(out_data(o), examples[i].text);
	}
}

static void reads_what_it_writes(void **state)
{
	uint8_t all[256];

	(void)state;
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)(i * 7);
	for (size_t len = 0; len <= sizeof(all); len++) {
		scoped(out_free) struct out *o = out_memory();
		scoped(mem_release) uint8_t *back = NULL;
		size_t size;

		base64_write(o, all, len);
		back = base64_read(out_data(o), out_tell(o), &size);
		assert_non_null(back);
		assert_int_equal(size, len);
		assert_memory_equal(back, all, len);
	}
}

static void white_space_is_passed(void **state)
{
	static const char text[] = "\n Zm9v\r\n\tYg= =  ";
	size_t size;
	scoped(mem_release) char *bytes = base64_read(text, strlen(text), &size);

	(void)state;
	assert_non_null(bytes);
	assert_int_equal(size, 4);
	assert_memory_equal(bytes, "foob", 4);
}

static void refuses_what_is_none(void **state)
{
	static const char *const texts[] = {
		"Zg",	 "Zg=",	 "Z",	     "=",	"====",	     "Zg==Zg==",
		"Zg===", "Z=g=", "Zm9v-_==", "Zm9\xff", "Zm9v&#10;", "Zm9vY==="};

	(void)state;
	for (size_t i = 0; i < array_size(texts); i++) {
		size_t size;

		assert_null(base64_read(texts[i], strlen(texts[i]), &size));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_the_examples),
		cmocka_unit_test(reads_what_it_writes),
		cmocka_unit_test(white_space_is_passed),
		cmocka_unit_test(refuses_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
