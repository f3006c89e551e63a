/* The processes that a target has started. */
#include "record/descendants.h"

#include "base/scoped.h"
#include "tests/test.h"

#include <linux/perf_event.h>
#include <stdbool.h>

static void put(struct descendants *d, uint32_t type, uint32_t pid, uint32_t parent,
		uint32_t tid)
{
	const struct {
		struct perf_event_header header;
		uint32_t pid, parent, tid, parent_tid;
		uint64_t time;
	} record = {{type, 0, sizeof(record)}, pid, parent, tid, parent, 5};

	descendants_read(d, &record, sizeof(record));
}

static bool has(struct descendants *d, uint32_t pid, size_t n)
{
	scoped(pid_list_release) struct pid_list pids = {0};
	const uint32_t *it;
	bool found = false;

	descendants_list(d, &pids);
	assert_int_equal(pids.items.n, n);
	vec_each(it, &pids.items)
		found |= *it == pid;
	return found;
}

static void processes_come_and_go(void **state)
{
	scoped(descendants_free) struct descendants *d = descendants_new();

	(void)state;
	put(d, PERF_RECORD_FORK, 10, 1, 10);
	put(d, PERF_RECORD_FORK, 10, 10, 11); /* a thread */
	put(d, PERF_RECORD_FORK, 12, 10, 12);
	assert_true(has(d, 10, 2));
	assert_true(has(d, 12, 2));
	put(d, PERF_RECORD_EXIT, 10, 1, 11);
	assert_true(has(d, 10, 2));
	put(d, PERF_RECORD_EXIT, 10, 1, 10);
	assert_false(has(d, 10, 1));
	/* The number is used again. */
	put(d, PERF_RECORD_FORK, 12, 1, 12);
	assert_true(has(d, 12, 1));
	put(d, PERF_RECORD_MMAP2, 13, 1, 13);
	descendants_read(d, "short", 5);
	assert_true(has(d, 12, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(processes_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
