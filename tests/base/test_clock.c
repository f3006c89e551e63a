#include "base/clock.h"

#include "tests/test.h"

static void agrees_with_the_system(void **state)
{
	struct timespec before, after;
	uint64_t now;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &before);
	now = clock_now();
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_true(now >=
		    (uint64_t)before.tv_sec * 1000000000 + (uint64_t)before.tv_nsec);
	assert_true(now <= (uint64_t)after.tv_sec * 1000000000 + (uint64_t)after.tv_nsec);
}

static void reads_any_clock(void **state)
{
	uint64_t seconds = (uint64_t)time(NULL), now = clock_ns(CLOCK_REALTIME);

	(void)state;
	assert_true(now / 1000000000 + 1 >= seconds);
	assert_true(clock_ns(CLOCK_PROCESS_CPUTIME_ID) < now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_system),
		cmocka_unit_test(reads_any_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
