/* The processes that a target has started. */
#include "record/descendants.h"

#include "base/scoped.h"
#include "tests/test.h"

#include <linux/perf_event.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

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

static bool own(struct descendants *d, uint32_t type, uint32_t pid, uint32_t parent,
		uint32_t tid)
{
	const struct {
		struct perf_event_header header;
		uint32_t pid, parent, tid, parent_tid;
		uint64_t time;
	} record = {{type, 0, sizeof(record)}, pid, parent, tid, parent, 5};

	return descendants_own(d, &record, sizeof(record));
}

/* Of the records of a machine, those of a process and its descendants. The numbers are
 * larger than any process here has. */
static void a_limit_leaves_others_out(void **state)
{
	enum { TARGET = 4194000, CHILD, GRANDCHILD, OTHER };
	const uint32_t target = TARGET;
	scoped(descendants_free) struct descendants *d = descendants_new();

	(void)state;
	assert_true(own(d, PERF_RECORD_COMM, OTHER, OTHER, 0));
	descendants_limit(d, &target, 1);
	assert_true(descendants_include(d, TARGET));
	assert_false(descendants_include(d, OTHER));
	assert_false(descendants_include(d, 0));
	assert_false(own(d, PERF_RECORD_FORK, OTHER, 1, OTHER));
	assert_false(own(d, PERF_RECORD_MMAP2, OTHER, OTHER, 0));
	assert_true(own(d, PERF_RECORD_MMAP, UINT32_MAX, 0, 0)); /* a kernel module */
	assert_true(own(d, PERF_RECORD_KSYMBOL, OTHER, OTHER, 0));

	assert_true(own(d, PERF_RECORD_FORK, CHILD, TARGET, CHILD));
	assert_true(own(d, PERF_RECORD_FORK, GRANDCHILD, CHILD, GRANDCHILD));
	assert_true(
		own(d, PERF_RECORD_FORK, GRANDCHILD, GRANDCHILD, OTHER)); /* a thread */
	assert_true(has(d, GRANDCHILD, 2));
	/* Samples of an ended process may be read later, until its number returns. */
	assert_true(own(d, PERF_RECORD_EXIT, CHILD, TARGET, CHILD));
	assert_true(descendants_include(d, CHILD));
	assert_false(own(d, PERF_RECORD_FORK, CHILD, OTHER, CHILD));
	assert_false(descendants_include(d, CHILD));
	/* And the other way. */
	assert_false(own(d, PERF_RECORD_EXIT, OTHER, 1, OTHER));
	assert_true(own(d, PERF_RECORD_FORK, OTHER, GRANDCHILD, OTHER));
	assert_true(descendants_include(d, OTHER));
}

/* The fork of a child may be read after its samples. Children that ran before the limit
 * are no part of the target. */
static void parents_are_found_in_proc(void **state)
{
	const uint32_t self = (uint32_t)getpid();
	scoped(descendants_free) struct descendants *d = descendants_new();
	pid_t before = fork(), after;

	(void)state;
	if (before == 0) {
		pause();
		_exit(0);
	}
	descendants_limit(d, &self, 1);
	after = fork();
	if (after == 0) {
		pause();
		_exit(0);
	}
	assert_true(descendants_include(d, (uint32_t)after));
	assert_false(descendants_include(d, (uint32_t)before));
	assert_false(descendants_include(d, (uint32_t)getppid()));
	kill(before, SIGKILL);
	kill(after, SIGKILL);
	waitpid(before, NULL, 0);
	waitpid(after, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(processes_come_and_go),
		cmocka_unit_test(a_limit_leaves_others_out),
		cmocka_unit_test(parents_are_found_in_proc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
