#include "model/budget.h"
#include "tests/test.h"

static void test_parts(void **state)
{
	struct budget b = {.all = 100};
	struct budget_part one = {.from = &b}, two = {.from = &b}, three = {.from = &b};

	(void)state;
	assert_true(budget_take(&one, 30));
	assert_true(budget_take(&one, 20));
	assert_false(one.was_refused);
	assert_false(budget_take(&one, 1));
	assert_true(one.was_refused);
	assert_true(budget_take(&two, 49));
	assert_true(budget_take(&three, 1));
	assert_false(budget_take(&three, 1));
	assert_true(budget_take(&three, 0));
	budget_return(&one);
	assert_true(budget_take(&three, 49));
	assert_false(budget_take(&three, UINT64_MAX));
	budget_return(&two);
	budget_return(&three);
	assert_int_equal(b.used, 0);
}

static void test_no_limit(void **state)
{
	struct budget_part part = {0};

	(void)state;
	assert_true(budget_take(&part, UINT64_MAX));
	assert_true(budget_take(&part, UINT64_MAX));
	budget_return(&part);
	assert_false(part.was_refused);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_no_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
