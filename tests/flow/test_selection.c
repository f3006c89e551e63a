/* The samples that are counted, and the roots of their stacks. */
#include "flow/selection.h"

#include "base/scoped.h"
#include "tests/test.h"

static void lists_of_parts(void **state)
{
	struct selection s = {0};

	(void)state;
	assert_true(selection_parse_by(&s, "tid,comm"));
	assert_int_equal(s.n_by, 2);
	assert_int_equal(s.by[0], ROOT_TID);
	assert_int_equal(s.by[1], ROOT_COMM);
	assert_true(selection_is_by_thread(&s));
	assert_true(selection_parse_by(&s, "container"));
	assert_false(selection_is_by_thread(&s));
	assert_false(selection_parse_by(&s, "pid,pid"));
	assert_false(selection_parse_by(&s, "pid,"));
	assert_false(selection_parse_by(&s, "process"));
}

static void lists_of_cpus(void **state)
{
	static const char *const wrong[] = {"", "1,", "x", "3-1", "0-8192", "-1", "1 2"};
	struct selection s = {0};
	struct event ev = {.cpu = 9};

	(void)state;
	assert_true(selection_parse_cpus(&s, "0-3,8,64-65"));
	assert_int_equal(s.cpus.words[0], 0x10f);
	assert_int_equal(s.cpus.words[1], 3);
	assert_false(selection_wants(&s, &ev, 0));
	ev.cpu = 65;
	assert_true(selection_wants(&s, &ev, 0));
	ev.cpu = UINT32_MAX;
	assert_false(selection_wants(&s, &ev, 0));
	for (size_t i = 0; i < array_size(wrong); i++)
		assert_false(selection_parse_cpus(&s, wrong[i]));
}

static void intervals_of_time(void **state)
{
	static const char *const wrong[] = {"1", "2,1", "1,1", "a,b"};
	const uint64_t start = 5000, second = 1000000000;
	struct selection s = {0};
	struct event ev = {.time = start + second};

	(void)state;
	assert_true(selection_parse_time(&s, "1,2.5"));
	assert_true(selection_wants(&s, &ev, start));
	ev.time--;
	assert_false(selection_wants(&s, &ev, start));
	ev.time = start + 2 * second + second / 2;
	assert_false(selection_wants(&s, &ev, start));
	assert_true(selection_parse_time(&s, "1,"));
	assert_true(selection_wants(&s, &ev, start));
	for (size_t i = 0; i < array_size(wrong); i++) {
		s = (struct selection){0};
		assert_false(selection_parse_time(&s, wrong[i]));
	}
}

static void equal_roots_are_one(void **state)
{
	const struct root a = {.comm = 1, .pid = 2}, b = {.comm = 1, .tid = 2};
	scoped(root_table_release) struct root_table roots = {0};

	(void)state;
	assert_int_equal(root_table_add(&roots, &a), 0);
	assert_int_equal(root_table_add(&roots, &b), 1);
	assert_int_equal(root_table_add(&roots, &a), 0);
	assert_int_equal(roots.items.n, 2);
}

static void frames_of_a_root(void **state)
{
	const struct root root = {.pid = 7, .tid = 8};
	const struct container_infos none = {0};
	struct selection s = {.pid = true, .tid = true};
	struct profile p;
	frame_id frames[ROOT_PARTS];

	(void)state;
	profile_init(&p);
	/* The thread has no known name. */
	assert_int_equal(root_frames(&s, &root, &none, NULL, &p, frames), 1);
	assert_string_equal(frame_name(&p.frames, frames[0]), ":8-7/8");
	assert_true(selection_parse_by(&s, "pid,tid"));
	assert_int_equal(root_frames(&s, &root, &none, NULL, &p, frames), 2);
	assert_string_equal(frame_name(&p.frames, frames[0]), "pid 7");
	assert_string_equal(frame_name(&p.frames, frames[1]), "tid 8");
	profile_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_of_parts),
		cmocka_unit_test(lists_of_cpus),
		cmocka_unit_test(intervals_of_time),
		cmocka_unit_test(equal_roots_are_one),
		cmocka_unit_test(frames_of_a_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
