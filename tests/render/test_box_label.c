#include "render/box_label.h"

#include "render/text.h"
#include "tests/test.h"

#include <string.h>

static void assert_label(const char *name, size_t columns, const char *expected)
{
	char label[BOX_LABEL_MAX];

	assert_int_equal(box_label_fit(label, name, columns), strlen(expected));
	assert_string_equal(label, expected);
}

static void what_fits_stays(void **state)
{
	(void)state;
	assert_label("tcp_sendmsg", 11, "tcp_sendmsg");
	assert_label("f<int>(char)", 12, "f<int>(char)");
	assert_label("", 5, "");
}

static void names_are_shortened_in_steps(void **state)
{
	const char *name = "a::b::Map<int, std::list<int> >::find(int const&) const";

	(void)state;
	assert_label(name, 60, name);
	assert_label(name, 34, "a::b::Map::find(int const&) const");
	assert_label(name, 20, "a::b::Map::find");
	assert_label(name, 12, "b::Map::find");
	assert_label(name, 11, "Map::find");
	assert_label(name, 8, "find");
	assert_label(name, 3, "fi\xe2\x80\xa6");
	assert_label(name, 2, "");
	assert_label(name, 0, "");
}

static void nothing_useful_is_dropped(void **state)
{
	(void)state;
	assert_label("<lambda>", 5, "<lam\xe2\x80\xa6");
	assert_label("<a><bcdef>", 5, "<a><\xe2\x80\xa6");
	assert_label("std::operator<< <char>(std::ostream&)", 16, "std::operator<< ");
	assert_label("(anonymous namespace)::run(int)", 26, "(anonymous namespace)::run");
	assert_label("(anonymous namespace)::run(int)", 3, "run");
	assert_label("a_very_long_function::", 8, "a_very_\xe2\x80\xa6");
	assert_label("[unknown libfoo.so]", 10, "[unknown \xe2\x80\xa6");
	assert_label("f)))", 3, "f)\xe2\x80\xa6");
}

static void receivers_of_go_stay(void **state)
{
	const char *name = "compiler.(*Program).x.func1";

	(void)state;
	assert_label(name, 27, name);
	assert_label(name, 26, "compiler.(*Program).x.fun\xe2\x80\xa6");
	assert_label(name, 12, "compiler.(*\xe2\x80\xa6");
	assert_label("main.(T).Len", 11, "main.(T).L\xe2\x80\xa6");
	assert_label("main.T.(*U).f", 12, "main.T.(*U)\xe2\x80\xa6");
	assert_label("a::(anonymous namespace)::f(int)", 30,
		     "a::(anonymous namespace)::f");
	assert_label("operator()(int) const", 12, "operator()");
	assert_label("f(int (*)(char))", 15, "f");
	assert_label("f(int)::local", 12, "local");
	assert_label("java.Foo.bar(int)", 16, "java.Foo.bar");
}

static void wide_characters_take_two_columns(void **state)
{
	(void)state;
	assert_label("\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad", 6,
		     "\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad");
	assert_label("\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad", 5,
		     "\xe4\xb8\xad\xe4\xb8\xad\xe2\x80\xa6");
}

static void the_middle_is_left_out(void **state)
{
	char label[BOX_LABEL_MAX];

	(void)state;
	box_label_fit_middle(label, "libpython3.11.so.1.0", 11);
	assert_string_equal(label, "libpy\xe2\x80\xa6o.1.0");
	box_label_fit_middle(label, "libc.so.6", 9);
	assert_string_equal(label, "libc.so.6");
	box_label_fit_middle(label, "libc.so.6", 2);
	assert_string_equal(label, "");
}

/* Whatever the name: the label fits, and into the buffer too. */
static void any_bytes_fit(void **state)
{
	static const char bytes[] = "<>():(:x\xff\xe4\xb8\xad\xc3\x01\xcc\x81";
	char name[12000], label[BOX_LABEL_MAX];
	uint32_t seed = 1;

	(void)state;
	for (size_t round = 0; round < 2000; round++) {
		size_t len = round < 5 ? sizeof(name) - 1 : 1 + round % 700;
		size_t columns = round % 600;

		for (size_t i = 0; i < len; i++) {
			seed = seed * 1664525 + 1013904223;
			name[i] = bytes[(seed >> 16) % (sizeof(bytes) - 1)];
		}
		name[len] = '\0';
		len = box_label_fit(label, name, columns);
		assert_int_equal(strlen(label), len);
		assert_true(text_columns(label, len) <= columns);
		len = box_label_fit_middle(label, name, columns);
		assert_int_equal(strlen(label), len);
		assert_true(text_columns(label, len) <= columns);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_fits_stays),
		cmocka_unit_test(names_are_shortened_in_steps),
		cmocka_unit_test(nothing_useful_is_dropped),
		cmocka_unit_test(receivers_of_go_stay),
		cmocka_unit_test(wide_characters_take_two_columns),
		cmocka_unit_test(the_middle_is_left_out),
		cmocka_unit_test(any_bytes_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
