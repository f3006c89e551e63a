/* Any bytes as a recording: read whole and in two parts, with all that its header says. */
#include "record/data/reader.h"
#include "tests/fuzz/fuzz.h"

/* Returns how many records there are, -1 where they are damaged. */
static int64_t read_part(struct reader *r, enum reader_part part)
{
	struct event ev;
	struct error err;
	size_t n_events;
	int64_t n = 0;
	int got;

	(void)reader_events(r, &n_events);
	reader_want(r, part);
	reader_rewind(r);
	while ((got = reader_next(r, &ev, &err)) > 0) {
		require(ev.event < n_events);
		n++;
	}
	require(reader_next(r, &ev, &err) == 0);
	return got < 0 ? -1 : n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run_info c = {0};
	struct dso_table dsos;
	struct strtab strings;
	struct error err;
	struct reader *r = reader_of(data, size, &err);
	int64_t n, side_band, samples;

	if (!r)
		return 0;
	strtab_init(&strings);
	dso_table_init(&dsos, &strings);
	reader_facts(r, &c, &dsos, &err);
	n = read_part(r, READER_ALL);
	side_band = read_part(r, READER_SIDE_BAND);
	samples = read_part(r, READER_SAMPLES);
	require(n < 0 || side_band + samples == n);
	require(read_part(r, READER_ALL) == n);
	reader_close(&r);
	dso_table_release(&dsos);
	strtab_release(&strings);
	run_info_release(&c);
	return 0;
}
