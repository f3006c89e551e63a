/* Several threads count the same as one. */
#include "flow/counter.h"

#include "base/scoped.h"
#include "tests/flow/small_recording.h"
#include "tests/test.h"

enum { SPANS = 4, SLICES = 10 };

struct counted {
	struct out *out;
	struct recording *recording;
	struct run_info info;
	struct strtab strings;
	struct dso_table dsos;
	struct process_table processes;
	struct selection selection;
};

static int start(void **state)
{
	struct counted *c = mem_new(1, sizeof(*c));
	struct cursor *cursor;
	struct event ev;
	struct error err;

	c->out = small_recording(NULL);
	c->recording =
		recording_of_bytes(out_data(c->out), (size_t)out_pos(c->out), &err);
	assert_non_null(c->recording);
	strtab_init(&c->strings);
	dso_table_init(&c->dsos, &c->strings);
	process_table_init(&c->processes, &c->strings, &c->dsos);
	cursor = cursor_new(c->recording, &(struct filter){.records = FILTER_SIDE_BAND});
	while (cursor_next(cursor, &ev, &err) > 0)
		process_apply(&c->processes, &ev);
	process_table_finish(&c->processes);
	cursor_free(&cursor);
	*state = c;
	return 0;
}

static int end(void **state)
{
	struct counted *c = *state;

	process_table_release(&c->processes);
	dso_table_release(&c->dsos);
	strtab_release(&c->strings);
	recording_close(&c->recording);
	out_free(&c->out);
	mem_free(c);
	return 0;
}

/* Divides the records of the recording; the first span has all records before the
 * samples. */
static void divide(const struct counted *c, struct record_span spans[SPANS], size_t n)
{
	size_t each = SMALL_SAMPLES / n * SMALL_SAMPLE_SIZE;
	struct cursor *cursor = cursor_new(c->recording, &(struct filter){0});
	struct event ev;
	struct error err;
	uint64_t first = 0, samples = 0;

	while (cursor_next(cursor, &ev, &err) > 0 && ev.kind != EVENT_SAMPLE)
		;
	samples = ev.at;
	cursor_free(&cursor);
	cursor = cursor_new(c->recording, &(struct filter){0});
	assert_int_equal(cursor_next(cursor, &ev, &err), 1);
	first = ev.at;
	cursor_free(&cursor);
	for (size_t i = 0; i < n; i++) {
		size_t from = (size_t)(samples - first) + i * each;

		spans[i] = (struct record_span){i ? from : 0, from + each};
	}
}

static void count(struct counted *c, struct counter *counter, size_t n_spans)
{
	struct record_span spans[SPANS];
	const struct counter_input input = {
		.recording = c->recording,
		.spans = spans,
		.n_spans = n_spans,
		.selection = &c->selection,
		.processes = &c->processes,
	};
	struct error err;

	divide(c, spans, n_spans);
	*counter = (struct counter){.slices = {.n = SLICES}};
	assert_int_equal(counter_run(counter, &input, &err), 0);
}

static void equal_chains_are_counted_together(void **state)
{
	struct counted *c = *state;
	scoped(counter_release) struct counter counter;
	const struct callchain *chain;
	uint64_t samples = 0;

	count(c, &counter, 1);
	assert_int_equal(counter.chains.items.n, SMALL_CHAINS);
	assert_int_equal(counter.roots.items.n, 1);
	assert_int_equal(counter.first, SMALL_START);
	assert_int_equal(counter.last, SMALL_START + SMALL_SAMPLES - 1);
	vec_each(chain, &counter.chains.items)
		samples += chain->count;
	assert_int_equal(samples, SMALL_SAMPLES);
}

static void roots_keep_chains_apart(void **state)
{
	struct counted *c = *state;
	scoped(counter_release) struct counter counter;

	assert_true(selection_parse_by(&c->selection, "tid,cpu"));
	count(c, &counter, SPANS);
	assert_int_equal(counter.roots.items.n, 2);
	assert_int_equal(counter.chains.items.n, 2 * SMALL_CHAINS);
}

static void threads_count_the_same_as_one(void **state)
{
	struct counted *c = *state;
	scoped(counter_release) struct counter one, several;

	assert_true(selection_parse_by(&c->selection, "comm,tid"));
	count(c, &one, 1);
	count(c, &several, SPANS);
	assert_int_equal(several.first, one.first);
	assert_int_equal(several.last, one.last);
	assert_int_equal(several.slices.n, one.slices.n);
	assert_int_equal(several.chains.items.n, one.chains.items.n);
	for (size_t i = 0; i < one.chains.items.n; i++) {
		const struct callchain *a = &one.chains.items.items[i];
		const struct callchain *b = &several.chains.items.items[i];

		assert_int_equal(a->n, b->n);
		assert_memory_equal(a->addrs, b->addrs, 8 * a->n);
		assert_int_equal(a->count, b->count);
		assert_int_equal(a->root, b->root);
		assert_int_equal(a->time, b->time);
	}
}

static void selected_time_has_all_slices(void **state)
{
	struct counted *c = *state;
	scoped(counter_release) struct counter counter;
	const struct slice_count *slice;
	uint64_t samples = 0;

	c->selection.has_time = true;
	c->selection.from = 100;
	c->selection.to = 200;
	count(c, &counter, SPANS);
	assert_int_equal(counter.slices.start, SMALL_START + 100);
	assert_int_equal(counter.slices.width, 10);
	assert_int_equal(counter.slices.n, SLICES);
	vec_each(slice, &counter.slices.counts)
		samples += slice->count;
	assert_int_equal(samples, 100);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(equal_chains_are_counted_together),
		TEST(roots_keep_chains_apart),
		TEST(threads_count_the_same_as_one),
		TEST(selected_time_has_all_slices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
