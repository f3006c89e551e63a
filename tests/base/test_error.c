#include "base/error.h"

#include "tests/test.h"

#include <errno.h>
#include <string.h>

static void says_what_failed(void **state)
{
	struct error err = {.code = 7};

	(void)state;
	assert_int_equal(error_set(&err, "sample at %d is cut short", 12), -1);
	assert_string_equal(err.text, "sample at 12 is cut short");
	assert_int_equal(err.code, 0);
}

static void says_what_the_system_said(void **state)
{
	struct error err;

	(void)state;
	errno = ENOENT;
	assert_int_equal(error_sys(&err, "cannot open '%s'", "x"), -1);
	assert_string_equal(err.text, "cannot open 'x': No such file or directory");
	assert_int_equal(err.code, ENOENT);
}

static void says_what_was_being_done(void **state)
{
	struct error err;

	(void)state;
	errno = EACCES;
	error_sys(&err, "cannot read 'a'");
	assert_int_equal(error_while(&err, "opening '%s'", "b"), -1);
	assert_string_equal(err.text, "opening 'b': cannot read 'a': Permission denied");
	assert_int_equal(err.code, EACCES);
}

static void bytes_of_names_stay(void **state)
{
	struct error err;

	(void)state;
	error_set(&err, "cannot open '%s'", "a\nb\x1b[31m\x7f\tc\xc3\xa4");
	assert_string_equal(err.text, "cannot open 'a\nb\x1b[31m\x7f\tc\xc3\xa4'");
	error_while(&err, "%s", "\a");
	assert_string_equal(err.text, "\a: cannot open 'a\nb\x1b[31m\x7f\tc\xc3\xa4'");
}

static void long_texts_are_cut(void **state)
{
	char name[5000];
	struct error err;

	(void)state;
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	error_set(&err, "cannot open '%s'", name);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	error_while(&err, "%s", name);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	errno = EIO;
	error_sys(&err, "%s", name);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_int_equal(err.code, EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_failed),
		cmocka_unit_test(says_what_the_system_said),
		cmocka_unit_test(says_what_was_being_done),
		cmocka_unit_test(bytes_of_names_stay),
		cmocka_unit_test(long_texts_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
