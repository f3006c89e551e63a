/* Recordings come back as they were written, and damaged ones do no harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hashmap.h"
#include "base/out.h"
#include "base/scoped.h"
#include "record/data/cursor.h"
#include "record/data/encode.h"
#include "record/data/flame_section.h"
#include "record/data/format.h"
#include "record/data/stream.h"
#include "record/data/writer.h"
#include "record/data/zstd_stream.h"
#include "tests/files.h"
#include "tests/record/made_recording.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RECORD_SIZE = 50000 };

static void check_made(const struct dso_table *dsos)
{
	const struct dso_made *made = dsos->made.items;

	assert_int_equal(dsos->made.n, 2);
	assert_int_equal(made[0].pid, 42);
	assert_int_equal(made[0].since, 7);
	assert_string_equal(jit_code_table_find(made[0].codes, 0x1000, 14)->name,
			    "first");
	assert_string_equal(jit_code_table_find(made[0].codes, 0x1000, 20)->name,
			    "later");
	assert_null(jit_code_table_find(made[0].codes, 0x1000, 15));
	assert_null(jit_code_table_find(made[0].codes, 0x1000, 9));
	assert_int_equal(made[1].pid, 43);
	assert_int_equal(made[1].codes->items.n, 0);
}

static void check_records(int level)
{
	scoped(out_free) struct out *out = made_recording(level);
	struct error err;
	scoped(recording_close) struct recording *r =
		recording_of_bytes(out_data(out), out_pos(out), &err);
	struct event ev;

	assert_non_null(r);
	for (int pass = 0; pass < 2; pass++) {
		scoped(cursor_free) struct cursor *cursor =
			cursor_new(r, &(struct filter){0});

		for (size_t i = 0; i < MADE_EVENTS; i++) {
			assert_int_equal(cursor_next(cursor, &ev, &err), 1);
			made_event_check(&ev, &made_events[i]);
		}
		for (uint64_t time = 100; time < 103; time++) {
			assert_int_equal(cursor_next(cursor, &ev, &err), 1);
			assert_int_equal(ev.kind, EVENT_SAMPLE);
			assert_int_equal(ev.event, 0);
			assert_int_equal(ev.pid, 42);
			assert_int_equal(ev.tid, 43);
			assert_int_equal(ev.time, time);
			assert_int_equal(ev.cpu, 1);
			assert_int_equal(ev.sample.addr, made_chain[1]);
			assert_int_equal(ev.sample.period, 10101010);
			assert_int_equal(ev.sample.cgroup, 99);
			assert_int_equal(ev.sample.n_chain, MADE_ADDRS);
			assert_memory_equal(ev.sample.chain, made_chain,
					    sizeof(made_chain));
		}
		assert_int_equal(cursor_next(cursor, &ev, &err), 1);
		assert_int_equal(ev.type, FORMAT_RECORD_FINISHED_ROUND);
		assert_int_equal(cursor_next(cursor, &ev, &err), 0);
		assert_int_equal(cursor_next(cursor, &ev, &err), 0);
	}
}

static void test_records_come_back(void **state)
{
	(void)state;
	check_records(0);
}

static const struct event known_processes[] = {
	{.kind = EVENT_COMM, .pid = 42, .tid = 42, .comm = {"runner", false}},
	{.kind = EVENT_COMM, .pid = 1, .tid = 1, .comm = {"sleeper", false}},
	{.kind = EVENT_COMM, .pid = 2, .tid = 2, .comm = {"parent", false}},
	{.kind = EVENT_COMM, .pid = 42, .tid = 43, .comm = {"thread", false}},
};

static const struct event new_process = {
	.kind = EVENT_FORK, .pid = 3, .tid = 3, .time = 90, .fork = {2, 2, false}};

static const struct event late_name = {
	.kind = EVENT_COMM, .pid = 4, .tid = 4, .comm = {"late", false}};

static const struct {
	int kind;
	uint32_t tid;
} expected_events[] = {{EVENT_COMM, 2},	  {EVENT_FORK, 3},  {EVENT_COMM, 4},
		       {EVENT_COMM, 42},  {EVENT_COMM, 43}, {EVENT_SAMPLE, 43},
		       {EVENT_SAMPLE, 43}};

/* Deferred records of a process come before its first record or its first child, or
 * never. */
static void test_processes_are_told_of_when_they_matter(void **state)
{
	scoped(out_free) struct out *out = out_memory();
	uint8_t record[ENCODE_SIZE_MAX];
	struct event_specs specs;
	uint64_t sample[32];
	struct writer w;
	struct error err;
	struct event ev;

	(void)state;
	made_specs_init(&specs);
	made_writer_init(&w, out, &specs, 0);
	for (size_t i = 0; i < array_size(known_processes); i++)
		writer_event(&w, &known_processes[i]);
	writer_record(&w, record, encode_event(record, &w.layout, &new_process));
	writer_event(&w, &late_name);
	for (uint64_t time = 100; time < 102; time++)
		writer_record(&w, sample, made_sample(sample, time));
	assert_int_equal(writer_end_data(&w, &err), 0);
	scoped(recording_close) struct recording *r =
		recording_of_bytes(out_data(out), out_pos(out), &err);

	assert_non_null(r);
	scoped(cursor_free) struct cursor *cursor = cursor_new(r, &(struct filter){0});

	for (size_t i = 0; i < array_size(expected_events); i++) {
		assert_int_equal(cursor_next(cursor, &ev, &err), 1);
		assert_int_equal(ev.kind, expected_events[i].kind);
		assert_int_equal(ev.tid, expected_events[i].tid);
	}
	assert_int_equal(cursor_next(cursor, &ev, &err), 0);
	writer_release(&w);
	event_specs_release(&specs);
}

static void test_compressed_records_come_back(void **state)
{
	(void)state;
	check_records(1);
	check_records(19);
}

/* A record of bytes below 'most', which nothing makes much shorter. */
static const void *noise(uint8_t record[RECORD_SIZE], uint64_t seed, uint64_t most)
{
	const struct perf_event_header header = {PERF_RECORD_SAMPLE, 0, RECORD_SIZE};

	memcpy(record, &header, sizeof(header));
	for (size_t i = sizeof(header); i < RECORD_SIZE; i++) {
		seed = hash_u64(seed, i);
		record[i] = (uint8_t)(seed % most);
	}
	return record;
}

/* Writes records, reads them back, and returns how large they were in the file. */
static size_t write_noise(int level, uint64_t most)
{
	enum { RECORDS = 40 };
	scoped(out_free) struct out *out = out_memory();
	struct stream_source source;
	struct stream_record got;
	struct event_specs specs;
	struct stream stream;
	struct writer w;
	struct error err;
	struct perf_event_header first;
	uint8_t record[RECORD_SIZE];
	size_t size;

	made_specs_init(&specs);
	made_writer_init(&w, out, &specs, level);
	for (uint64_t i = 0; i < RECORDS; i++)
		writer_record(&w, noise(record, i, most), sizeof(record));
	assert_int_equal(writer_end_data(&w, &err), 0);
	size = w.data_end - w.data_at;
	memcpy(&first, out_data(out) + w.data_at, sizeof(first));
	assert_int_equal(first.type, FORMAT_RECORD_COMPRESSED);
	source =
		(struct stream_source){.data = (const uint8_t *)out_data(out) + w.data_at,
				       .size = size,
				       .claimed = size,
				       .blocks = block_cache_new(size)};
	stream_init(&stream, &source);
	for (uint64_t i = 0; i < RECORDS; i++) {
		assert_int_equal(stream_next(&stream, &got, &err), 1);
		assert_int_equal(got.bytes.size, sizeof(record));
		assert_memory_equal(got.bytes.data, noise(record, i, most),
				    sizeof(record));
	}
	assert_int_equal(stream_next(&stream, &got, &err), 0);
	block_cache_free(&source.blocks);
	writer_release(&w);
	event_specs_release(&specs);
	return size;
}

/* Records begin in one compressed one and end in the next, and those that don't get
 * shorter find room in it, too. */
static void test_records_go_through_pieces(void **state)
{
	(void)state;
	write_noise(1, 256);
	assert_true(write_noise(19, 8) < write_noise(1, 8));
}

static void check_facts(const struct run_info *c)
{
	assert_string_equal(c->hostname, "host-a");
	assert_string_equal(c->os_release, "6.1.2");
	assert_string_equal(c->arch, "x86_64");
	assert_string_equal(c->command, "flame record -a");
	assert_int_equal(c->cpus, 2);
	assert_int_equal(c->duration, 5000);
	assert_int_equal(c->start, 1234567890123456789);
	assert_int_equal(c->busy, 7);
	assert_int_equal(c->idle, 3);
	assert_int_equal(c->lost, 2);
}

static void check_events(const struct recording *r)
{
	const struct decode_event *events;
	size_t n;

	events = recording_events(r, &n);
	assert_int_equal(n, 1);
	assert_string_equal(decode_event_name(&events[0]), "cpu-clock");
	assert_int_equal(events[0].frequency, 99);
	assert_true(events[0].is_monotonic);
}

static void check_names(const struct dso_table *dsos, const struct strtab *strings)
{
	const struct dso *dso = dsos->items.items;
	const struct inline_frame *place = dso[0].places->places.items;

	assert_int_equal(dsos->items.n, 2);
	assert_int_equal(dso[0].names->items.n, 1);
	assert_string_equal(symbol_table_find(dso[0].names, 0x1f)->name, "hit_function");
	assert_null(symbol_table_find(dso[0].names, 0x20));
	assert_null(inline_table_find(dso[0].places, 0x17));
	assert_int_equal(inline_table_find(dso[0].places, 0x18)->n, 2);
	assert_string_equal(place[0].function, "inlined");
	assert_string_equal(place[0].file, "x.h");
	assert_int_equal(place[0].line, 3);
	assert_null(place[1].function);
	assert_string_equal(place[1].file, "x.c");
	assert_int_equal(place[1].line, 40);
	assert_null(dso[1].places);
	assert_string_equal(strtab_str(strings, dso[1].reason), "[replaced y]");
	assert_true(dso[1].resolved);
}

static void test_facts_and_names_come_back(void **state)
{
	scoped(out_free) struct out *out = made_recording(0);
	scoped(run_info_release) struct run_info c = {0};
	struct error err;
	scoped(recording_close) struct recording *r =
		recording_of_bytes(out_data(out), out_pos(out), &err);
	struct strtab strings;
	struct dso_table dsos;

	(void)state;
	strtab_init(&strings);
	dso_table_init(&dsos, &strings);
	assert_int_equal(recording_read_info(r, &c, &dsos, &err), 0);
	check_facts(&c);
	check_events(r);
	check_names(&dsos, &strings);
	check_made(&dsos);
	dso_table_release(&dsos);
	strtab_release(&strings);
}

/* Everything that can be asked of a recording. Returns how many records it gave. */
static int read_all(const void *data, size_t size)
{
	struct run_info c = {0};
	struct strtab strings;
	struct dso_table dsos;
	struct error err;
	struct recording *r = recording_of_bytes(data, size, &err);
	struct cursor *cursor;
	struct event ev;
	int n = 0;

	if (!r) {
		assert_true(strlen(err.text) > 0);
		return -1;
	}
	strtab_init(&strings);
	dso_table_init(&dsos, &strings);
	recording_read_info(r, &c, &dsos, &err);
	cursor = cursor_new(r, &(struct filter){0});
	while (cursor_next(cursor, &ev, &err) > 0)
		n++;
	cursor_free(&cursor);
	recording_close(&r);
	dso_table_release(&dsos);
	strtab_release(&strings);
	run_info_release(&c);
	return n;
}

static void check_every_prefix(int level)
{
	scoped(out_free) struct out *out = made_recording(level);
	int last = -1;

	for (size_t size = 0; size <= out_pos(out); size++) {
		char *copy = malloc(size ? size : 1);
		int n;

		/* A copy of its own: the sanitizer sees a byte too many. */
		memcpy(copy, out_data(out), size);
		n = read_all(copy, size);
		assert_true(n >= last);
		last = n;
		free(copy);
	}
	assert_int_equal(last, MADE_EVENTS + 4);
}

static void test_every_prefix(void **state)
{
	(void)state;
	check_every_prefix(0);
	check_every_prefix(1);
}

static void check_every_byte_damaged(int level)
{
	static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
	scoped(out_free) struct out *out = made_recording(level);
	size_t size = out_pos(out);
	char *copy = malloc(size);

	for (size_t at = 0; at < size; at++)
		for (size_t i = 0; i < array_size(values); i++) {
			memcpy(copy, out_data(out), size);
			copy[at] = (char)values[i];
			read_all(copy, size);
		}
	free(copy);
}

static void test_every_byte_damaged(void **state)
{
	(void)state;
	check_every_byte_damaged(0);
	check_every_byte_damaged(1);
}

static void test_what_is_no_recording(void **state)
{
	static const char *const no[] = {
		"",	      "PERFILE",  "PERFILE1xxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		"main;f 1\n", "PERFILE2", "PERFILE2\x10\0\0\0\0\0\0\0"};

	(void)state;
	for (size_t i = 0; i < array_size(no); i++) {
		struct error err;

		assert_null(recording_of_bytes(no[i], strlen(no[i]), &err));
		assert_true(strlen(err.text) > 0);
		assert_null(strchr(err.text, '\n'));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records_come_back),
		cmocka_unit_test(test_processes_are_told_of_when_they_matter),
		cmocka_unit_test(test_compressed_records_come_back),
		cmocka_unit_test(test_records_go_through_pieces),
		cmocka_unit_test(test_facts_and_names_come_back),
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_every_byte_damaged),
		cmocka_unit_test(test_what_is_no_recording),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
