/* The bytes of a recording of one event, and recordings of several events. */
#include "record/data/writer.h"

#include "base/narrow.h"
#include "base/scoped.h"
#include "record/data/cursor.h"
#include "record/data/format.h"
#include "tests/record/made_recording.h"
#include "tests/test.h"

#include <string.h>

/* FNV-1a. */
static uint64_t hash_of(const uint8_t *bytes, size_t size)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3;
	return hash;
}

/* Where the section of the i-th feature of flame's own recordings is. */
static const uint8_t *feature(const struct out *out, size_t i, size_t *size)
{
	const uint8_t *file = (const uint8_t *)out_data(out);
	uint64_t data_at, data_size, section[2];

	memcpy(&data_at, file + 40, sizeof(data_at));
	memcpy(&data_size, file + FORMAT_HEADER_DATA_SIZE_AT, sizeof(data_size));
	memcpy(section, file + data_at + data_size + i * FORMAT_SECTION_SIZE,
	       sizeof(section));
	assert_true(section[0] + section[1] <= out_pos(out));
	*size = section[1];
	return file + section[0];
}

/* As flame wrote it when a recording could have one event only. */
static void a_recording_of_one_event_has_these_bytes(void **state)
{
	enum { EVENT_DESC = 7, FLAME = 8 };
	scoped(out_free) struct out *out = made_recording(0);
	const uint8_t *section;
	size_t size;

	(void)state;
	assert_int_equal(out_pos(out), 2342);
	/* Header, ids, attrs, records. */
	assert_int_equal(hash_of((const uint8_t *)out_data(out), 256 + 752),
			 0x6b24f98b8d25744f);
	section = feature(out, EVENT_DESC, &size);
	assert_int_equal(size, 216);
	assert_int_equal(hash_of(section, size), 0xb754c2423ebfbd7f);
	section = feature(out, FLAME, &size);
	assert_int_equal(size, 554);
	assert_int_equal(hash_of(section, size), 0xe051efb915efea61);
}

/* Feature 27 has what perf needs to expand the records. */
static void compression_is_described(void **state)
{
	enum { COMPRESSED = 8, LEVEL = 3 };
	scoped(out_free) struct out *out = made_recording(LEVEL);
	uint64_t data_size;
	uint32_t fields[5];
	const uint8_t *section;
	size_t size;

	(void)state;
	section = feature(out, COMPRESSED, &size);
	assert_int_equal(size, sizeof(fields));
	memcpy(fields, section, sizeof(fields));
	memcpy(&data_size, (const uint8_t *)out_data(out) + FORMAT_HEADER_DATA_SIZE_AT,
	       sizeof(data_size));
	assert_int_equal(fields[0], 1); /* version */
	assert_int_equal(fields[1], 1); /* zstd */
	assert_int_equal(fields[2], LEVEL);
	/* Of one round: its records without the mark of its end, which is not
	 * compressed. */
	assert_true(data_size < 752);
	assert_int_equal(fields[3], (752 - 8) / data_size);
	assert_true(fields[3] > 1);
	assert_int_equal(fields[4], 65536);
}

/* Writes a recording with a deferred record of process 42, then a record that begins with
 * these bytes. Returns the pid of the first record's COMM, 0 if the deferred record was
 * not written. */
static uint32_t first_comm(uint32_t type, uint16_t size, const uint32_t words[8])
{
	static const struct event comm = {
		.kind = EVENT_COMM, .pid = 42, .tid = 42, .comm = {"deferred", false}};
	struct perf_event_header header = {.type = type, .size = size};
	scoped(out_free) struct out *out = out_memory();
	uint8_t record[40];
	struct event_specs specs;
	struct writer w;
	uint32_t pid = 0;

	memcpy(record, &header, sizeof(header));
	memcpy(record + sizeof(header), words, sizeof(record) - sizeof(header));
	made_specs_init(&specs);
	made_writer_init(&w, out, &specs, 0);
	writer_event(&w, &comm);
	writer_record(&w, record, size);
	if (out_pos(out) > w.data_at + size)
		memcpy(&pid, (const uint8_t *)out_data(out) + w.data_at + sizeof(header),
		       sizeof(pid));
	writer_release(&w);
	event_specs_release(&specs);
	return pid;
}

static void every_record_of_a_process_brings_its_deferred_ones(void **state)
{
	/* pid, parent, ...; a sample has two words of the instruction first. */
	static const uint32_t own[8] = {42, 7}, parent[8] = {7, 42},
			      sample[8] = {1, 2, 42};
	static const uint32_t others[8] = {7, 8, 9, 10, 11, 12, 13, 14};

	(void)state;
	assert_int_equal(first_comm(PERF_RECORD_FORK, 40, own), 42);
	assert_int_equal(first_comm(PERF_RECORD_FORK, 40, parent), 42);
	assert_int_equal(first_comm(PERF_RECORD_EXIT, 40, own), 42);
	assert_int_equal(first_comm(PERF_RECORD_EXIT, 40, parent), 0);
	assert_int_equal(first_comm(PERF_RECORD_COMM, 40, own), 42);
	assert_int_equal(first_comm(PERF_RECORD_MMAP2, 40, own), 42);
	assert_int_equal(first_comm(PERF_RECORD_SAMPLE, 40, sample), 42);
	assert_int_equal(first_comm(PERF_RECORD_SAMPLE, 40, own), 0);
	assert_int_equal(first_comm(PERF_RECORD_LOST, 40, own), 0);
	assert_int_equal(first_comm(PERF_RECORD_FORK, 40, others), 0);
	/* The pid is after the end of these. */
	assert_int_equal(first_comm(PERF_RECORD_EXIT, 8, own), 0);
	assert_int_equal(first_comm(PERF_RECORD_SAMPLE, 16, sample), 0);
}

enum { CLOCK, FAULTS, EVENTS, ID_SIDE_BAND = 30 };

/* Ids as the kernel gives them, one for each of two CPUs. */
static void two_events_init(struct event_specs *specs)
{
	const struct known_event *events[EVENTS] = {known_event_named("cpu-clock"),
						    known_event_named("page-faults")};

	*specs = (struct event_specs){0};
	event_specs_set(specs, events, EVENTS, 99, true);
	for (uint64_t cpu = 0; cpu < 2; cpu++) {
		vec_push(&specs->sampling.items[CLOCK].ids, 10 + cpu);
		vec_push(&specs->sampling.items[FAULTS].ids, 20 + cpu);
		vec_push(&specs->side_band.ids, ID_SIDE_BAND + cpu);
	}
}

/* A sample as the kernel lays it out for these events; page-faults have a period of their
 * own. */
static size_t sample_with_id(uint64_t *to, uint64_t id, uint64_t time)
{
	struct perf_event_header header = {.type = PERF_RECORD_SAMPLE,
					   .misc = PERF_RECORD_MISC_USER};
	size_t n = 1;

	to[n++] = id;
	to[n++] = 0x401234;
	to[n++] = (uint64_t)43 << 32 | 42;
	to[n++] = time;
	to[n++] = 1; /* cpu */
	if (id >= 20)
		to[n++] = 7;
	to[n++] = 2; /* callchain */
	to[n++] = (uint64_t)-512;
	to[n++] = 0x401234;
	to[n++] = 99; /* cgroup */
	header.size = narrow_u16(8 * n);
	memcpy(to, &header, sizeof(header));
	return 8 * n;
}

/* The kernel's PERF_RECORD_EXIT, with the id of the side band. */
static size_t exit_with_id(uint64_t *to)
{
	const struct perf_event_header header = {PERF_RECORD_EXIT, 0, 64};
	const uint64_t fields[] = {
		(uint64_t)1 << 32 | 42,
		(uint64_t)1 << 32 | 42,
		300,
		(uint64_t)42 << 32 | 42,
		300,
		1,
		ID_SIDE_BAND + 1,
	};

	memcpy(to, &header, sizeof(header));
	memcpy(to + 1, fields, sizeof(fields));
	return header.size;
}

static struct out *two_events_recording(int level)
{
	static const struct event comm = {
		.kind = EVENT_COMM, .pid = 42, .tid = 42, .comm = {"deferred", false}};
	static const uint64_t ids[] = {10, 21, 20, 11};
	struct out *out = out_memory();
	struct dso_table dsos;
	struct run_info info = {0};
	struct event_specs specs;
	struct strtab strings;
	struct writer w;
	struct error err;
	uint64_t record[32];

	two_events_init(&specs);
	strtab_init(&strings);
	dso_table_init(&dsos, &strings);
	made_writer_init(&w, out, &specs, level);
	writer_event(&w, &comm);
	for (size_t i = 0; i < array_size(ids); i++)
		writer_record(&w, record, sample_with_id(record, ids[i], 100 + i));
	writer_record(&w, record, exit_with_id(record));
	writer_round(&w);
	assert_int_equal(writer_end_data(&w, &err), 0);
	assert_int_equal(writer_finish(&w, &info, &dsos, &err), 0);
	writer_release(&w);
	event_specs_release(&specs);
	dso_table_release(&dsos);
	strtab_release(&strings);
	return out;
}

static void check_two_events(int level)
{
	static const uint32_t wanted[] = {CLOCK, FAULTS, FAULTS, CLOCK};
	scoped(out_free) struct out *out = two_events_recording(level);
	struct error err;
	scoped(recording_close) struct recording *r =
		recording_of_bytes(out_data(out), out_pos(out), &err);
	scoped(cursor_free) struct cursor *c = cursor_new(r, &(struct filter){0});
	const struct decode_event *events;
	struct event ev;
	size_t n;

	events = recording_events(r, &n);
	assert_int_equal(n, EVENTS);
	assert_string_equal(decode_event_name(&events[CLOCK]), "cpu-clock");
	assert_string_equal(decode_event_name(&events[FAULTS]), "page-faults");
	assert_int_equal(events[CLOCK].frequency, 99);
	assert_int_equal(cursor_next(c, &ev, &err), 1);
	assert_int_equal(ev.kind, EVENT_COMM);
	assert_string_equal(ev.comm.comm, "deferred");
	assert_int_equal(ev.event, CLOCK);
	assert_int_equal(ev.id, 0);
	for (size_t i = 0; i < array_size(wanted); i++) {
		assert_int_equal(cursor_next(c, &ev, &err), 1);
		assert_int_equal(ev.kind, EVENT_SAMPLE);
		assert_int_equal(ev.event, wanted[i]);
		assert_int_equal(ev.time, 100 + i);
		assert_int_equal(ev.pid, 42);
		assert_int_equal(ev.tid, 43);
		assert_int_equal(ev.cpu, 1);
		assert_int_equal(ev.sample.period,
				 wanted[i] == CLOCK ? 1000000000 / 99 : 7);
		assert_int_equal(ev.sample.n_chain, 2);
		assert_int_equal(ev.sample.cgroup, 99);
	}
	/* The first event stands for the side band. */
	assert_int_equal(cursor_next(c, &ev, &err), 1);
	assert_int_equal(ev.kind, EVENT_EXIT);
	assert_int_equal(ev.id, ID_SIDE_BAND + 1);
	assert_int_equal(ev.event, CLOCK);
	assert_int_equal(ev.cpu, 1);
	assert_int_equal(cursor_next(c, &ev, &err), 1);
	assert_int_equal(ev.type, FORMAT_RECORD_FINISHED_ROUND);
	assert_int_equal(cursor_next(c, &ev, &err), 0);
	assert_int_equal(cursor_samples(c, CLOCK), 2);
	assert_int_equal(cursor_samples(c, FAULTS), 2);
}

static void two_events_come_back(void **state)
{
	(void)state;
	check_two_events(0);
	check_two_events(1);
}

static void a_filter_yields_one_event(void **state)
{
	const struct filter faults = {
		.records = FILTER_SAMPLES, .has_event = true, .event = FAULTS};
	scoped(out_free) struct out *out = two_events_recording(0);
	struct error err;
	scoped(recording_close) struct recording *r =
		recording_of_bytes(out_data(out), out_pos(out), &err);
	scoped(cursor_free) struct cursor *c = cursor_new(r, &faults);
	struct event ev;

	(void)state;
	for (uint64_t time = 101; time <= 102; time++) {
		assert_int_equal(cursor_next(c, &ev, &err), 1);
		assert_int_equal(ev.event, FAULTS);
		assert_int_equal(ev.time, time);
	}
	assert_int_equal(cursor_next(c, &ev, &err), 0);
	assert_int_equal(cursor_samples(c, CLOCK), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_recording_of_one_event_has_these_bytes),
		cmocka_unit_test(compression_is_described),
		cmocka_unit_test(every_record_of_a_process_brings_its_deferred_ones),
		cmocka_unit_test(two_events_come_back),
		cmocka_unit_test(a_filter_yields_one_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
