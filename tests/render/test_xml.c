#include "render/xml.h"

#include "tests/test.h"

#include "base/scoped.h"

static void markup_is_escaped(void **state)
{
	scoped(out_free) struct out *o = out_memory();

	(void)state;
	xml_str(o, "<script>alert('1')</script>&amp;\"]]>");
	assert_string_equal(out_data(o), "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"
					 "&amp;amp;&quot;]]&gt;");
}

static void only_the_given_bytes_are_written(void **state)
{
	scoped(out_free) struct out *o = out_memory();

	(void)state;
	xml_text(o, "a<b", 2);
	assert_string_equal(out_data(o), "a&lt;");
}

/* A sequence that escaped characters cut in two must not be joined behind them. */
static void forbidden_bytes_are_replaced(void **state)
{
	scoped(out_free) struct out *o = out_memory();

	(void)state;
	xml_str(o, "\xc3<\xa9\x01");
	assert_string_equal(out_data(o), "\xef\xbf\xbd&lt;\xef\xbf\xbd\xef\xbf\xbd");
}

static void tenths_have_a_point(void **state)
{
	scoped(out_free) struct out *o = out_memory();

	(void)state;
	xml_tenths(o, 0);
	out_char(o, ' ');
	xml_tenths(o, 125);
	out_char(o, ' ');
	xml_tenths(o, 12700);
	assert_string_equal(out_data(o), "0 12.5 1270");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(markup_is_escaped),
		cmocka_unit_test(only_the_given_bytes_are_written),
		cmocka_unit_test(forbidden_bytes_are_replaced),
		cmocka_unit_test(tenths_have_a_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
