/* Any bytes as a recording: read whole and in two halves, with everything that its header
 * holds, and by two cursors in turn. */
#include "record/data/cursor.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* Reads every word of a callchain, which may be joined from several records. */
static void chain_read(const struct sample *sample)
{
	uint64_t word, sum = 0;

	for (uint32_t i = 0; i < sample->n_chain; i++) {
		memcpy(&word, (const uint8_t *)sample->chain + 8 * (size_t)i,
		       sizeof(word));
		sum ^= word;
	}
	__asm__ volatile("" : : "r"(sum));
}

/* Returns the number of records, -1 if they are damaged. */
static int64_t records_count(const struct recording *r, enum filter_records records)
{
	struct cursor *cursor = cursor_new(r, &(struct filter){.records = records});
	struct event ev;
	struct error err;
	size_t n_events;
	int64_t n = 0;
	int got;

	(void)recording_events(r, &n_events);
	while ((got = cursor_next(cursor, &ev, &err)) > 0) {
		require(ev.event < n_events);
		if (ev.kind == EVENT_SAMPLE)
			chain_read(&ev.sample);
		n++;
	}
	require(cursor_next(cursor, &ev, &err) == 0);
	cursor_free(&cursor);
	return got < 0 ? -1 : n;
}

/* Two cursors that take turns, the second one ahead, yield the same. */
static void cursors_interleave(const struct recording *r, int64_t n)
{
	const struct filter all = {.records = FILTER_ALL};
	struct cursor *behind = cursor_new(r, &all), *ahead = cursor_new(r, &all);
	struct event a, b;
	struct error err;
	int64_t steps = 0;
	int got;

	cursor_next(ahead, &b, &err);
	while ((got = cursor_next(behind, &a, &err)) > 0) {
		cursor_next(ahead, &b, &err);
		steps++;
	}
	require(n < 0 ? got < 0 : steps == n);
	cursor_free(&behind);
	cursor_free(&ahead);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run_info info = {0};
	struct dso_table dsos;
	struct strtab strings;
	struct error err;
	struct recording *r = recording_of_bytes(data, size, &err);
	int64_t n, side_band, samples;

	if (!r)
		return 0;
	strtab_init(&strings);
	dso_table_init(&dsos, &strings);
	recording_read_info(r, &info, &dsos, &err);
	recording_read_names(r, &dsos);
	n = records_count(r, FILTER_ALL);
	side_band = records_count(r, FILTER_SIDE_BAND);
	samples = records_count(r, FILTER_SAMPLES);
	require(n < 0 || side_band + samples == n);
	require(records_count(r, FILTER_ALL) == n);
	cursors_interleave(r, n);
	recording_close(&r);
	dso_table_release(&dsos);
	strtab_release(&strings);
	run_info_release(&info);
	return 0;
}
