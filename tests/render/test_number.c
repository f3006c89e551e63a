#include "render/number.h"

#include "tests/test.h"

static void numbers_are_grouped(void **state)
{
	char n[NUMBER_MAX];

	(void)state;
	assert_string_equal(number_grouped(n, 0), "0");
	assert_string_equal(number_grouped(n, 999), "999");
	assert_string_equal(number_grouped(n, 1000), "1,000");
	assert_string_equal(number_grouped(n, UINT64_MAX), "18,446,744,073,709,551,615");
}

static void shares_are_rounded_once(void **state)
{
	char n[NUMBER_MAX];

	(void)state;
	assert_string_equal(number_share(n, 0, 100), "0.00");
	assert_string_equal(number_share(n, 1, 100000), "<0.01");
	assert_string_equal(number_share(n, 5, 0), "0.00");
	assert_string_equal(number_share(n, 42, 10000), "0.42");
	assert_string_equal(number_share(n, 9994, 100000), "9.99");
	assert_string_equal(number_share(n, 9996, 100000), "10.0");
	/* 42.645: 42.65 and then 42.7 would be wrong. */
	assert_string_equal(number_share(n, 42645, 100000), "42.6");
	assert_string_equal(number_share(n, 99949, 100000), "99.9");
	assert_string_equal(number_share(n, 99960, 100000), "100");
	assert_string_equal(number_share(n, UINT64_MAX, UINT64_MAX), "100");
	assert_string_equal(number_share(n, UINT64_MAX / 2, UINT64_MAX), "50.0");
}

static void durations_have_a_fitting_unit(void **state)
{
	char n[NUMBER_MAX];

	(void)state;
	assert_string_equal(number_duration(n, 870000), "870 us");
	assert_string_equal(number_duration(n, 12500000), "12.5 ms");
	assert_string_equal(number_duration(n, 30012000000), "30.0 s");
	assert_string_equal(number_duration(n, 130000000000), "2 min 10 s");
	assert_string_equal(number_duration(n, 12000000000000), "3 h 20 min");
}

static void figures_have_three_digits(void **state)
{
	char n[NUMBER_MAX];

	(void)state;
	assert_string_equal(number_figure(n, "", 8.416), "8.42");
	assert_string_equal(number_figure(n, "+", 35.64), "+35.6");
	assert_string_equal(number_figure(n, "+", -9.996), "-10.0");
	assert_string_equal(number_figure(n, "", 1234.4), "1234");
	assert_string_equal(number_figure(n, "+", 99.96), "+100");
	assert_string_equal(number_figure(n, "+", -0.004), "0.00");
	assert_string_equal(number_figure(n, "+", 0), "0.00");
}

static void dates_are_utc(void **state)
{
	char n[NUMBER_MAX];

	(void)state;
	assert_string_equal(number_date(n, 0), "1970-01-01 00:00:00 UTC");
	assert_string_equal(number_date(n, UINT64_C(1795230865) * 1000000000),
			    "2026-11-21 03:14:25 UTC");
	(void)number_date(n, UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_grouped),
		cmocka_unit_test(shares_are_rounded_once),
		cmocka_unit_test(durations_have_a_fitting_unit),
		cmocka_unit_test(figures_have_three_digits),
		cmocka_unit_test(dates_are_utc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
