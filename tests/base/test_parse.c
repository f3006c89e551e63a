#include "base/parse.h"

#include "base/scoped.h"
#include "tests/test.h"

#include <string.h>

static void whole_numbers(void **state)
{
	static const char *const wrong[] = {"",
					    "-1",
					    "+1",
					    " 1",
					    "1 ",
					    "0x1",
					    "1e3",
					    "1.",
					    "1,2",
					    "a",
					    "18446744073709551616"};
	uint64_t n;

	(void)state;
	assert_true(parse_u64("0", &n) && n == 0);
	assert_true(parse_u64("007", &n) && n == 7);
	assert_true(parse_u64("18446744073709551615", &n) && n == UINT64_MAX);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(parse_u64(wrong[i], &n));
}

static void decimals(void **state)
{
	static const char *const wrong[] = {
		"",
		".",
		"-1",
		"+1",
		" 1",
		"1 ",
		"0x1",
		"1e3",
		"1.2.3",
		"inf",
		"nan",
		"1,5",
		"10000000000000000000",
		"0.00000000000000000000000000000000000000001"};
	double d;

	(void)state;
	assert_true(parse_decimal("30", &d) && d == 30);
	assert_true(parse_decimal("1.5", &d) && d == 1.5);
	assert_true(parse_decimal(".5", &d) && d == 0.5);
	assert_true(parse_decimal("5.", &d) && d == 5);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_false(parse_decimal(wrong[i], &d));
		assert_false(parse_decimal_part(wrong[i], strlen(wrong[i]), &d));
	}
	assert_true(parse_decimal_part("12:5", 2, &d) && d == 12);
	assert_false(parse_decimal_part("12:5", 3, &d));
}

static void sizes(void **state)
{
	static const char *const wrong[] = {
		"",	"K",   "1k", "1KB",	     "-1",
		"1.5M", "1 M", "1T", "17179869184G", "18446744073709551616"};
	uint64_t bytes;

	(void)state;
	assert_true(parse_size("0", &bytes) && bytes == 0);
	assert_true(parse_size("4096", &bytes) && bytes == 4096);
	assert_true(parse_size("3K", &bytes) && bytes == 3 << 10);
	assert_true(parse_size("20M", &bytes) && bytes == 20 << 20);
	assert_true(parse_size("17179869183G", &bytes) &&
		    bytes == UINT64_MAX >> 30 << 30);
	for (size_t i = 0; i < array_size(wrong); i++)
		assert_false(parse_size(wrong[i], &bytes));
}

static void durations(void **state)
{
	static const char *const wrong[] = {"",	   "s",	  "m",		"0x1",
					    "1e3", "1h",  "-1",		"1 s",
					    "1ms", "inf", "1000000001", "2sm"};
	uint64_t ns;

	(void)state;
	assert_true(parse_duration("30", &ns) && ns == 30000000000);
	assert_true(parse_duration("1.5", &ns) && ns == 1500000000);
	assert_true(parse_duration("90s", &ns) && ns == 90000000000);
	assert_true(parse_duration("2m", &ns) && ns == 120000000000);
	assert_true(parse_duration("0", &ns) && ns == 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(parse_duration(wrong[i], &ns));
}

static void ids(void **state)
{
	static const char *const wrong[] = {
		"",    ",1", "0",    "-1", "0x1",	 "1 ",
		"1;2", "a",  "1a,2", " 1", "2147483648", "12345678901234567"};
	const char *rest;
	uint32_t id;

	(void)state;
	rest = parse_id("17,42", &id);
	assert_string_equal(rest, ",42");
	assert_int_equal(id, 17);
	rest = parse_id("2147483647", &id);
	assert_string_equal(rest, "");
	assert_int_equal(id, INT32_MAX);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_null(parse_id(wrong[i], &id));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_numbers), cmocka_unit_test(decimals),
		cmocka_unit_test(durations),	 cmocka_unit_test(ids),
		cmocka_unit_test(sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
