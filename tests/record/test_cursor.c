/* Cursors over one recording do not disturb each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/scoped.h"
#include "record/data/cursor.h"
#include "record/data/format.h"
#include "tests/record/made_recording.h"

#include <pthread.h>

/* Each cursor has a place, a filter and counts of its own. */
static void check_two_cursors(int level)
{
	scoped(out_free) struct out *out = made_recording(level);
	struct error err;
	scoped(recording_close) struct recording *r =
		recording_of_bytes(out_data(out), out_pos(out), &err);
	scoped(cursor_free) struct cursor *a =
		cursor_new(r, &(struct filter){.records = FILTER_SIDE_BAND});
	scoped(cursor_free) struct cursor *b =
		cursor_new(r, &(struct filter){.records = FILTER_SAMPLES});
	struct event from_a, from_b;

	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(cursor_next(a, &from_a, &err), 1);
		made_event_check(&from_a, &made_events[i]);
	}
	assert_int_equal(cursor_samples(a, 0), 0);
	for (uint64_t time = 100; time < 102; time++) {
		assert_int_equal(cursor_next(b, &from_b, &err), 1);
		assert_int_equal(from_b.time, time);
	}
	assert_int_equal(cursor_samples(b, 0), 2);
	for (size_t i = 3; i < MADE_EVENTS; i++) {
		assert_int_equal(cursor_next(a, &from_a, &err), 1);
		made_event_check(&from_a, &made_events[i]);
	}
	assert_int_equal(cursor_next(b, &from_b, &err), 1);
	assert_int_equal(from_b.time, 102);
	assert_int_equal(cursor_next(b, &from_b, &err), 0);
	assert_int_equal(cursor_samples(b, 0), 3);
	assert_int_equal(cursor_next(a, &from_a, &err), 1);
	assert_int_equal(from_a.type, FORMAT_RECORD_FINISHED_ROUND);
	assert_int_equal(cursor_next(a, &from_a, &err), 0);
	assert_int_equal(cursor_samples(a, 0), 3);
}

static void test_two_cursors_over_one_recording(void **state)
{
	(void)state;
	check_two_cursors(0);
	check_two_cursors(1);
}

static void *cursor_count(void *data)
{
	scoped(cursor_free) struct cursor *cursor = cursor_new(data, &(struct filter){0});
	struct event ev;
	struct error err;
	uintptr_t n = 0;

	while (cursor_next(cursor, &ev, &err) > 0)
		n++;
	return (void *)n;
}

static void test_two_threads_over_one_recording(void **state)
{
	scoped(out_free) struct out *out = made_recording(1);
	struct error err;
	scoped(recording_close) struct recording *r =
		recording_of_bytes(out_data(out), out_pos(out), &err);
	pthread_t threads[2];
	void *n;

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, cursor_count, r), 0);
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], &n);
		assert_int_equal((uintptr_t)n, MADE_EVENTS + 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_cursors_over_one_recording),
		cmocka_unit_test(test_two_threads_over_one_recording),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
