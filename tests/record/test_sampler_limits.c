/* More records than the rings hold, and fewer samples than at first. */
#include "record/sampler.h"

#include "base/clock.h"
#include "base/scoped.h"
#include "record/data/sample_layout.h"
#include "record/kernel_limits.h"
#include "tests/record/may_record.h"
#include "tests/test.h"

#include <linux/perf_event.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FREQUENCY = 1999 };

static struct sampler *open_on(struct target *target, uint64_t frequency)
{
	const struct sampler_options options = {.frequency = frequency};
	struct error err = {0};
	struct sampler *s;

	if (target_prepare(target, &err) < 0)
		fail_msg("%s", err.text);
	s = sampler_open(&options, target, &err);
	if (!s)
		fail_msg("%s", err.text);
	return s;
}

/* Nobody reads the rings: the side band overflows, and no sample is lost. */
static void losses_have_their_kind(void **state)
{
	enum { MAPPINGS = 100000, SIZE = 4096 };
	struct target target = {0};
	struct sampler_losses losses;
	struct error err;

	(void)state;
	if (!may_record(false))
		skip();
	vec_push(&target.pids, (uint32_t)getpid());
	scoped(sampler_free) struct sampler *s = open_on(&target, 99);

	assert_int_equal(sampler_start(s, &err), 0);
	for (int i = 0; i < MAPPINGS; i++) {
		void *map = mmap(NULL, SIZE, PROT_READ | PROT_EXEC,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		assert_ptr_not_equal(map, MAP_FAILED);
		munmap(map, SIZE);
	}
	sampler_stop(s);
	if (sampler_losses(s, &losses)) {
		assert_true(losses.side_band > 0);
		assert_int_equal(losses.samples, 0);
	}
	target_release(&target);
}

/* The kernel takes fewer samples of a whole machine. */
static void the_rate_falls(void **state)
{
	enum { DIVISOR = 16 };
	struct target target = {.whole_machine = true};
	uint64_t full, fewer;
	struct error err;
	const void *record;
	size_t size;

	(void)state;
	if (!may_record(true))
		skip();
	scoped(sampler_free) struct sampler *s = open_on(&target, FREQUENCY);

	assert_int_equal(sampler_start(s, &err), 0);
	for (int i = 0; i < 5; i++)
		sampler_wait(s, 100);
	for (full = 0; sampler_next(s, &record, &size);)
		full++;
	sampler_slow_down(s, DIVISOR);
	while (sampler_next(s, &record, &size))
		;
	for (int i = 0; i < 5; i++)
		sampler_wait(s, 100);
	for (fewer = 0; sampler_next(s, &record, &size);)
		fewer++;
	sampler_stop(s);
	if (sampler_specs(s)->sampling.items[0].attr.type == PERF_TYPE_SOFTWARE)
		assert_true(fewer < full / 4);
}

/* The period of a sample, 0 of other records. */
static uint64_t period_of(const struct sampler *s, const void *record, size_t size)
{
	uint64_t sample_type = sampler_specs(s)->sampling.items[0].attr.sample_type,
		 period;
	struct sample_layout layout = sample_layout_of(sample_type, true);
	struct perf_event_header header;

	memcpy(&header, record, sizeof(header));
	if (header.type != PERF_RECORD_SAMPLE)
		return 0;
	assert_true(size >= 8 * (size_t)layout.n_fixed);
	memcpy(&period,
	       (const char *)record + 8 * (size_t)layout.in_sample[SAMPLE_FIELD_PERIOD],
	       sizeof(period));
	return period;
}

/* Samples that are read after two changes have the periods that they were taken with:
 * their sum is no more than the time that passed. */
static void late_samples_keep_their_period(void **state)
{
	static const uint64_t divisors[] = {4, 64, 2};
	struct target target = {.whole_machine = true};
	uint64_t begin, sum = 0, passed;
	struct error err;
	const void *record;
	size_t size;

	(void)state;
	if (!may_record(true))
		skip();
	scoped(sampler_free) struct sampler *s = open_on(&target, FREQUENCY);

	if (sampler_specs(s)->sampling.items[0].attr.type != PERF_TYPE_SOFTWARE)
		skip();
	begin = clock_now();
	assert_int_equal(sampler_start(s, &err), 0);
	for (size_t i = 0; i < 3; i++) {
		sampler_wait(s, 100);
		sampler_slow_down(s, divisors[i]);
	}
	sampler_wait(s, 100);
	sampler_stop(s);
	passed = clock_now() - begin;
	while (sampler_next(s, &record, &size))
		sum += period_of(s, record, size);
	assert_true(sum > 0);
	assert_true(sum <= passed * kernel_cpus() / 100 * 105);
	target_release(&target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(losses_have_their_kind),
		cmocka_unit_test(the_rate_falls),
		cmocka_unit_test(late_samples_keep_their_period),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
