/* Fewer samples: each one stands for those that were left out. */
#include "record/slowdown.h"

#include "base/scoped.h"
#include "record/data/decode.h"
#include "tests/test.h"

#include <linux/perf_event.h>
#include <string.h>

enum { SAMPLES = 64, PERIOD = 10000000 };

struct slowed {
	struct event_specs specs;
	struct band band; /* closed: there are no events to change */
	struct slowdown slowdown;
};

static void slowed_init(struct slowed *s, const char *name, bool in_kernel)
{
	const struct known_event *event = known_event_named(name);

	*s = (struct slowed){0};
	event_specs_set(&s->specs, &event, 1, 100, true);
	s->specs.sampling.items[0].attr.sample_type |= PERF_SAMPLE_PERIOD;
	slowdown_init(&s->slowdown, &s->specs, in_kernel);
}

static void slowed_release(struct slowed *s)
{
	slowdown_release(&s->slowdown);
	event_specs_release(&s->specs);
}

/* Applies the slowdown to a sample. Returns its period, 0: it is left out. */
static uint64_t period_of(struct slowed *s, uint64_t time, uint64_t period)
{
	const struct event_spec *spec = s->specs.sampling.items;
	struct bytes attr = bytes_of(&spec->attr, spec->attr.size), b;
	const struct {
		struct perf_event_header header;
		uint64_t addr;
		uint32_t pid, tid;
		uint64_t time, cpu, period, n_chain, cgroup;
	} record = {.header = {PERF_RECORD_SAMPLE, 0, sizeof(record)},
		    .addr = 1,
		    .pid = 7,
		    .tid = 7,
		    .time = time,
		    .period = period};
	struct decode_event format;
	const void *sample = &record;
	size_t size = sizeof(record);
	struct event ev;
	struct error err;

	if (!slowdown_apply(&s->slowdown, &sample, &size))
		return 0;
	assert_int_equal(decode_event_read(&format, &attr, &err), 0);
	b = bytes_of(sample, sizeof(record));
	assert_int_equal(decode_record(&format, &b, &ev, &err), 0);
	assert_int_equal(ev.time, time);
	assert_int_equal(ev.pid, 7);
	assert_int_equal(record.period, period); /* a ring cannot be changed */
	return ev.sample.period;
}

static void samples_are_left_out_here(void **state)
{
	scoped(slowed_release) struct slowed s;
	uint64_t kept = 0, sum = 0;

	(void)state;
	slowed_init(&s, "cpu-clock", false);
	assert_int_equal(period_of(&s, 1, PERIOD), PERIOD);
	slowdown_set(&s.slowdown, &s.band, 4);
	for (int i = 0; i < SAMPLES; i++) {
		uint64_t period = period_of(&s, UINT64_MAX, PERIOD);

		kept += period > 0;
		sum += period;
	}
	assert_int_equal(kept, SAMPLES / 4);
	assert_int_equal(sum, (uint64_t)SAMPLES * PERIOD);
	slowdown_set(&s.slowdown, &s.band, 1);
	assert_int_equal(period_of(&s, UINT64_MAX, PERIOD), PERIOD);
}

/* However often the divisor changes, samples stand for those before them, and no more. */
static void changes_do_not_count_twice(void **state)
{
	scoped(slowed_release) struct slowed s;
	uint64_t sum = 0;

	(void)state;
	slowed_init(&s, "cpu-clock", false);
	for (uint64_t i = 1; i <= SAMPLES; i++) {
		slowdown_set(&s.slowdown, &s.band, i % 3 ? 16 : 8);
		sum += period_of(&s, i, PERIOD);
		assert_true(sum <= i * PERIOD);
		assert_true(sum + 16 * (uint64_t)PERIOD > i * PERIOD);
	}
}

/* Without descriptors nothing changes in the kernel. */
static void samples_that_did_not_change_stay(void **state)
{
	scoped(slowed_release) struct slowed s;

	(void)state;
	slowed_init(&s, "cpu-clock", true);
	slowdown_set(&s.slowdown, &s.band, 8);
	assert_int_equal(period_of(&s, UINT64_MAX, PERIOD), PERIOD);
}

/* The kernel counts the events between two samples. */
static void frequencies_have_right_periods(void **state)
{
	scoped(slowed_release) struct slowed kernel, here;

	(void)state;
	slowed_init(&kernel, "page-faults", true);
	slowdown_set(&kernel.slowdown, &kernel.band, 8);
	assert_int_equal(period_of(&kernel, UINT64_MAX, 123), 123);
	slowed_init(&here, "page-faults", false);
	slowdown_set(&here.slowdown, &here.band, 8);
	for (uint64_t i = 1; i < 8; i++)
		assert_int_equal(period_of(&here, UINT64_MAX, 100 + i), 0);
	assert_int_equal(period_of(&here, UINT64_MAX, 108), 8 * 100 + 36);
}

static void other_records_stay(void **state)
{
	scoped(slowed_release) struct slowed s;
	const struct perf_event_header lost = {PERF_RECORD_LOST, 0, sizeof(lost)};

	(void)state;
	slowed_init(&s, "cpu-clock", false);
	slowdown_set(&s.slowdown, &s.band, 1024);
	for (int i = 0; i < SAMPLES; i++) {
		const void *record = &lost;
		size_t size = sizeof(lost);

		assert_true(slowdown_apply(&s.slowdown, &record, &size));
		assert_ptr_equal(record, &lost);
	}
}

/* A sample with a copy of the stack, whose words are 1, 2, 3, ... */
struct stack_sample {
	struct perf_event_header header;
	uint64_t addr;
	uint32_t pid, tid;
	uint64_t time, cpu, period, n_chain, abi, regs[64];
};

enum { STACK_WORDS = 512, CGROUP = 77 };

static size_t stack_sample_make(const struct slowed *s, uint64_t *to, uint64_t used)
{
	uint64_t mask = s->specs.sampling.items[0].attr.sample_regs_user;
	size_t words = offsetof(struct stack_sample, regs) / 8 +
		       (size_t)__builtin_popcountll(mask);
	struct stack_sample sample = {
		.header = {PERF_RECORD_SAMPLE, 0, 0}, .pid = 7, .tid = 7, .abi = 2};

	memcpy(to, &sample, 8 * words);
	to[words++] = 8 * (uint64_t)STACK_WORDS;
	for (uint64_t i = 1; i <= STACK_WORDS; i++)
		to[words++] = i;
	to[words++] = used;
	to[words++] = CGROUP;
	((struct perf_event_header *)to)->size = (uint16_t)(8 * words);
	return 8 * words;
}

/* Bytes of the stack copy after the slowdown was applied. */
static uint32_t copy_of(struct slowed *s, uint64_t used)
{
	uint64_t data[STACK_WORDS + sizeof(struct stack_sample) / 8 + 3], word = 0;
	size_t size = stack_sample_make(s, data, used);
	const void *record = data;
	struct bytes b;
	struct event ev;
	struct error err;

	assert_true(slowdown_apply(&s->slowdown, &record, &size));
	b = bytes_of(record, size);
	assert_int_equal(decode_record(&s->slowdown.format, &b, &ev, &err), 0);
	assert_int_equal(ev.pid, 7);
	assert_int_equal(ev.sample.cgroup, CGROUP);
	if (ev.sample.stack_size) {
		memcpy(&word, (const char *)ev.sample.stack + ev.sample.stack_size - 8,
		       8);
		assert_int_equal(word, ev.sample.stack_size / 8);
	}
	return ev.sample.stack_size;
}

static void copies_of_stacks_get_shorter(void **state)
{
	scoped(slowed_release) struct slowed s;

	(void)state;
	slowed_init(&s, "cpu-clock", false);
	event_specs_stacks(&s.specs, STACKS_RAW, 8 * STACK_WORDS);
	if (!s.specs.sampling.items[0].attr.sample_regs_user)
		skip();
	slowdown_shorten_copies(&s.slowdown, 1024);
	assert_int_equal(copy_of(&s, 8 * STACK_WORDS), 1024);
	assert_int_equal(copy_of(&s, 2048), 1024);
	assert_int_equal(copy_of(&s, 800), 800);
	assert_int_equal(copy_of(&s, 0), 0);
	slowdown_set(&s.slowdown, &s.band, 2);
	slowdown_shorten_copies(&s.slowdown, 512);
	assert_int_equal(period_of(&s, 1, PERIOD), 0);
	assert_int_equal(copy_of(&s, 2048), 512);
	slowdown_set(&s.slowdown, &s.band, 1);
	slowdown_shorten_copies(&s.slowdown, 8 * STACK_WORDS);
	assert_int_equal(copy_of(&s, 8 * STACK_WORDS), 8 * STACK_WORDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_are_left_out_here),
		cmocka_unit_test(changes_do_not_count_twice),
		cmocka_unit_test(samples_that_did_not_change_stay),
		cmocka_unit_test(frequencies_have_right_periods),
		cmocka_unit_test(other_records_stay),
		cmocka_unit_test(copies_of_stacks_get_shorter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
