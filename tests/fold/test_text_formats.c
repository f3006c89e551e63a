#include "tests/test.h"

#include "fold/folded.h"
#include "fold/perf_script.h"
#include "fold/text_formats.h"

#include <string.h>

static void test_names(void **state)
{
	(void)state;
	assert_ptr_equal(text_format_named("folded"), &folded_format);
	assert_ptr_equal(text_format_named("perf-script"), &perf_script_format);
	assert_null(text_format_named("perf"));
}

static void test_the_content_decides(void **state)
{
	static const char script[] = "prog 1 1.0: 1 cycles:\n\t1 f (x)\n\n";
	static const char folded[] = "prog;f 1\n";

	(void)state;
	assert_ptr_equal(text_format_of(script, strlen(script)), &perf_script_format);
	assert_ptr_equal(text_format_of(folded, strlen(folded)), &folded_format);
	assert_ptr_equal(text_format_of("", 0), &folded_format);
}

/* Every format must be complete, and have a name of its own. */
static void test_rows(void **state)
{
	const struct text_format *format;
	size_t n = 0;

	(void)state;
	for (; (format = text_format_at(n)); n++) {
		assert_non_null(format->line_name);
		assert_non_null(format->knows);
		assert_non_null(format->read);
		assert_ptr_equal(text_format_named(format->name), format);
	}
	assert_true(n >= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_the_content_decides),
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
