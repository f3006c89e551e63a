#include "base/thread/threads.h"
#include "tests/test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

enum { JOBS = 1000, PATIENCE = 20 /* s */ };

struct counts {
	pthread_t caller;
	atomic_int calls[JOBS];
};

/* The others are slower than the caller, who has to wait for them. */
static void count(void *data, size_t i)
{
	struct counts *c = data;

	if (!pthread_equal(c->caller, pthread_self()))
		usleep(1000);
	c->calls[i]++;
}

static void test_each_once(void **state)
{
	static const size_t numbers[] = {0, 1, 2, 17, JOBS};

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		struct counts c = {.caller = pthread_self()};

		threads_run(numbers[i], count, &c);
		for (size_t job = 0; job < JOBS; job++)
			assert_int_equal(c.calls[job], job < numbers[i]);
	}
}

struct meeting {
	pthread_mutex_t lock;
	pthread_cond_t came;
	int here, met;
};

/* Waits for the other one. */
static void meet(void *data, size_t i)
{
	struct meeting *m = data;
	struct timespec end;
	int failed = 0;

	(void)i;
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += PATIENCE;
	pthread_mutex_lock(&m->lock);
	m->here++;
	pthread_cond_broadcast(&m->came);
	while (m->here < 2 && !failed)
		failed = pthread_cond_timedwait(&m->came, &m->lock, &end);
	m->met += !failed;
	pthread_mutex_unlock(&m->lock);
}

static void test_at_once(void **state)
{
	struct meeting m = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};

	(void)state;
	if (threads_wanted() < 2)
		skip();
	threads_run(2, meet, &m);
	assert_int_equal(m.met, 2);
}

static void same_thread(void *data, size_t i)
{
	(void)i;
	assert_true(pthread_equal(*(pthread_t *)data, pthread_self()));
}

static void test_one_cpu(void **state)
{
	pthread_t self = pthread_self();
	cpu_set_t before, one;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	CPU_ZERO(&one);
	for (size_t cpu = 0; !CPU_COUNT(&one); cpu++)
		if (CPU_ISSET(cpu, &before))
			CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	assert_int_equal(threads_wanted(), 1);
	threads_run(JOBS, same_thread, &self);
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_once),
		cmocka_unit_test(test_at_once),
		cmocka_unit_test(test_one_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
