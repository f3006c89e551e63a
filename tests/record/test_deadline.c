/* A recording ends at its time, also if the thread that reads the samples is late. */
#include "record/deadline.h"

#include "base/clock.h"
#include "base/scoped.h"
#include "record/data/decode.h"
#include "tests/record/may_record.h"
#include "tests/test.h"

#include <unistd.h>

enum { FREQUENCY = 999, NS_PER_MS = 1000000 };

/* Starts to sample this process. */
static struct sampler *own_sampler(struct target *target)
{
	const struct sampler_options options = {.frequency = FREQUENCY,
						.stacks = STACKS_NONE};
	struct sampler *s;
	struct error err;

	vec_push(&target->pids, (uint32_t)getpid());
	assert_int_equal(target_prepare(target, &err), 0);
	s = sampler_open(&options, target, &err);
	assert_non_null(s);
	return s;
}

static void use_cpu_until(uint64_t time)
{
	while (clock_now() < time)
		;
}

/* Time of the last sample; 0: none. */
static uint64_t last_sample(struct sampler *s)
{
	const struct event_spec *spec = sampler_specs(s)->sampling.items;
	struct bytes attr = bytes_of(&spec->attr, spec->attr.size);
	struct decode_event format;
	const void *record;
	uint64_t last = 0;
	struct event ev;
	struct error err;
	size_t size;

	assert_int_equal(decode_event_read(&format, &attr, &err), 0);
	while (sampler_next(s, &record, &size)) {
		struct bytes b = bytes_of(record, size);

		assert_int_equal(decode_record(&format, &b, &ev, &err), 0);
		if (ev.kind == EVENT_SAMPLE && ev.time > last)
			last = ev.time;
	}
	return last;
}

static void samples_end_at_the_time(void **state)
{
	scoped(target_release) struct target target = {0};
	uint64_t time, last;
	struct cpu_account account;
	struct deadline *d;
	struct error err;

	(void)state;
	if (!may_record(false))
		skip();
	scoped(sampler_free) struct sampler *s = own_sampler(&target);

	time = clock_now() + 200 * NS_PER_MS;
	d = deadline_start(s, time, &err);
	assert_non_null(d);
	assert_int_equal(sampler_start(s, &err), 0);
	use_cpu_until(time + 300 * NS_PER_MS);
	assert_true(deadline_end(&d, &account));
	assert_null(d);
	last = last_sample(s);
	assert_true(last > 0);
	assert_true(account.now >= time);
	assert_true(last <= account.now);
}

static void a_deadline_that_is_not_reached_changes_nothing(void **state)
{
	scoped(target_release) struct target target = {0};
	struct cpu_account account = {.now = 1};
	uint64_t ended;
	struct deadline *d;
	struct error err;

	(void)state;
	if (!may_record(false))
		skip();
	scoped(sampler_free) struct sampler *s = own_sampler(&target);

	d = deadline_start(s, clock_now() + 3600ull * 1000 * NS_PER_MS, &err);
	assert_non_null(d);
	assert_int_equal(sampler_start(s, &err), 0);
	assert_false(deadline_end(&d, &account));
	assert_int_equal(account.now, 1);
	ended = clock_now();
	use_cpu_until(ended + 300 * NS_PER_MS);
	assert_true(last_sample(s) > ended);
	assert_false(deadline_end(&d, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_end_at_the_time),
		cmocka_unit_test(a_deadline_that_is_not_reached_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
