/* The attrs that flame opens events with. */
#include "record/data/event_spec.h"
#include "tests/test.h"

#include <string.h>

static void attr_is_what_perf_reads(void **state)
{
	struct event_spec e, joined;

	(void)state;
	event_spec_sample(&e, event_spec_default(), 99, true);
	assert_int_equal(e.attr.size, 128);
	assert_true(!strcmp(e.name, "cycles") || !strcmp(e.name, "cpu-clock"));
	assert_int_equal(e.attr.sample_type & (PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP |
					       PERF_SAMPLE_TID),
			 PERF_SAMPLE_IP | PERF_SAMPLE_TID);
	if (e.attr.freq)
		assert_true(e.attr.sample_freq == 99 &&
			    e.attr.sample_type & PERF_SAMPLE_PERIOD);
	else
		assert_int_equal(e.attr.sample_period, 10101010);
	assert_int_equal(e.attr.exclude_kernel, 0);
	joined = e;
	event_spec_side_band(&e, false);
	joined.attr = event_spec_joined(&joined, &e);
	assert_true(joined.attr.type == PERF_TYPE_HARDWARE || joined.attr.sample_period);
	assert_true(joined.attr.mmap && joined.attr.mmap2 && joined.attr.comm &&
		    joined.attr.comm_exec && joined.attr.task && joined.attr.ksymbol &&
		    joined.attr.bpf_event && joined.attr.cgroup);
	assert_false(joined.attr.mmap_data);
	/* The kernel's mark for it would ruin the records of older recorders. */
	assert_false(joined.attr.build_id);
	assert_int_equal(e.attr.size, 128);
	assert_int_equal(e.attr.exclude_kernel, 1);
	assert_true(e.attr.sample_id_all && e.attr.mmap2 && e.attr.comm_exec &&
		    e.attr.task);
	event_spec_release(&e);
}

/* Adding an event is adding a row: a name, found by its numbers, and the way to sample
 * it. */
static void events_have_names(void **state)
{
	const struct known_event *faults = known_event_named("page-faults");
	struct event_spec e;

	(void)state;
	assert_ptr_equal(known_event_find(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS),
			 faults);
	assert_false(faults->is_time);
	assert_true(known_event_named("task-clock")->is_time);
	/* The upper half is the PMU of a hybrid CPU. */
	assert_string_equal(known_event_find(PERF_TYPE_HARDWARE, (uint64_t)4 << 32)->name,
			    "cycles");
	assert_null(known_event_find(PERF_TYPE_SOFTWARE, (uint64_t)4 << 32));
	assert_null(known_event_find(PERF_TYPE_TRACEPOINT, 1));
	assert_null(known_event_named("no-such-event"));
	event_spec_sample(&e, faults, 99, true);
	assert_string_equal(e.name, "page-faults");
	assert_true(e.attr.freq && e.attr.sample_freq == 99);
	assert_true(e.attr.sample_type & PERF_SAMPLE_PERIOD);
	event_spec_sample(&e, known_event_named("task-clock"), 99, true);
	assert_int_equal(e.attr.sample_period, 10101010);
	assert_false(e.attr.freq);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attr_is_what_perf_reads),
		cmocka_unit_test(events_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
