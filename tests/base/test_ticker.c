#include "base/thread/ticker.h"

#include "tests/test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

struct counting {
	atomic_int n;
	atomic_bool is_stuck, may_end;
};

static void count(void *data)
{
	struct counting *c = data;

	atomic_fetch_add(&c->n, 1);
	while (atomic_load(&c->is_stuck) && !atomic_load(&c->may_end))
		usleep(1000);
	atomic_store(&c->is_stuck, false);
}

static void wait_for(struct counting *c, int n)
{
	while (atomic_load(&c->n) < n)
		usleep(1000);
}

static void it_calls_until_it_is_stopped(void **state)
{
	struct counting c = {0};
	struct error err;
	struct ticker *t = ticker_start(1, count, &c, &err), *none = NULL;
	int n;

	(void)state;
	assert_non_null(t);
	wait_for(&c, 3);
	assert_true(ticker_stop(&t, 60000));
	assert_null(t);
	n = atomic_load(&c.n);
	usleep(20000);
	assert_int_equal(atomic_load(&c.n), n);
	assert_true(ticker_stop(&none, 0));
}

static void a_call_that_hangs_is_left_alone(void **state)
{
	static struct counting c;
	struct error err;
	struct ticker *t;

	(void)state;
	atomic_store(&c.is_stuck, true);
	t = ticker_start(1, count, &c, &err);
	wait_for(&c, 1);
	assert_false(ticker_stop(&t, 10));
	assert_null(t);
	/* The thread ends before the program does. */
	atomic_store(&c.may_end, true);
	while (atomic_load(&c.is_stuck))
		usleep(1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_calls_until_it_is_stopped),
		cmocka_unit_test(a_call_that_hangs_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
