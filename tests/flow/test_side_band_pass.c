/* The first pass over a long recording: it remembers what has samples. */
#include "flow/side_band_pass.h"

#include "base/scoped.h"
#include "model/callchain.h"
#include "record/data/encode.h"
#include "record/data/writer.h"
#include "tests/files.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

enum {
	PROCESSES = 120000,
	SAMPLED = 1000,	 /* each process with a number that this divides has a sample */
	APART = 1000000, /* ns between two processes */
	FEW = 60000,	 /* entries of a table */
	FIRST_PID = 100,
};

#define PROGRAM 0x400000ULL

static void put(struct writer *w, struct event *ev, uint64_t time)
{
	uint8_t record[ENCODE_SIZE_MAX];

	ev->time = time;
	writer_record(w, record, encode_event(record, &w->layout, ev));
}

static void put_map(struct writer *w, uint32_t pid, uint64_t time, uint64_t addr,
		    const char *path)
{
	put(w,
	    &(struct event){
		    .kind = EVENT_MMAP,
		    .pid = pid,
		    .tid = pid,
		    .mmap = {.addr = addr, .len = 4096, .path = path, .is_exec = true}},
	    time);
}

/* A shell forks, and the child executes a program with a name of its own. */
static void put_process(struct writer *w, uint32_t pid, uint64_t time)
{
	char path[64], *comm = path + 5;

	snprintf(path, sizeof(path), "/bin/p%u", pid % 50);
	put(w,
	    &(struct event){.kind = EVENT_FORK,
			    .pid = pid,
			    .tid = pid,
			    .fork = {.parent_pid = 1, .parent_tid = 1}},
	    time);
	put(w,
	    &(struct event){.kind = EVENT_COMM,
			    .pid = pid,
			    .tid = pid,
			    .comm = {.comm = comm, .is_exec = true}},
	    time + 10);
	put_map(w, pid, time + 20, PROGRAM, path);
	put_map(w, pid, time + 30, 0x700000 + 0x1000 * (uint64_t)pid, "/lib/libc.so");
	put_map(w, pid, time + 40, 0x600000, "//anon");
	put(w, &(struct event){.kind = EVENT_EXIT, .pid = pid, .tid = pid},
	    time + APART / 2);
}

static uint64_t time_of(uint32_t pid)
{
	return 1000 + (uint64_t)(pid - FIRST_PID) * APART;
}

static void put_sample(struct writer *w, uint32_t pid)
{
	const struct {
		struct perf_event_header header;
		uint64_t addr;
		uint32_t pid, tid;
		uint64_t time, cpu, n_chain, chain[2], cgroup;
	} record = {
		.header = {PERF_RECORD_SAMPLE, PERF_RECORD_MISC_USER, sizeof(record)},
		.addr = PROGRAM,
		.pid = pid,
		.tid = pid,
		.time = time_of(pid) + 100,
		.n_chain = 2,
		.chain = {CALLCHAIN_USER, PROGRAM},
	};

	writer_record(w, &record, sizeof(record));
}

/* All samples come last, as those do that waited for a table. */
static void recording_make(const char *path)
{
	scoped(out_free) struct out *out = out_memory();
	const struct known_event *event = known_event_named("cpu-clock");
	struct event_specs specs = {0};
	struct writer w;
	struct error err;

	event_specs_set(&specs, &event, 1, 99, true);
	writer_init(&w, out, &specs, NULL, NULL);
	put_map(&w, 1, 1, PROGRAM, "/bin/sh");
	for (uint32_t i = FIRST_PID; i < FIRST_PID + PROCESSES; i++)
		put_process(&w, i, time_of(i));
	for (uint32_t i = FIRST_PID; i < FIRST_PID + PROCESSES; i += SAMPLED)
		put_sample(&w, i);
	assert_int_equal(writer_end_data(&w, &err), 0);
	writer_release(&w);
	event_specs_release(&specs);
	file_write(path, out_data(out), (size_t)out_pos(out));
}

static void check_process(const struct process_table *t, uint32_t pid)
{
	uint64_t time = time_of(pid) + 100;
	space_id space = process_space(t, pid, time);
	const struct mapping *m = space_find(&t->spaces, space, PROGRAM, time);
	char comm[16];

	assert_non_null(m);
	snprintf(comm, sizeof(comm), "p%u", pid % 50);
	assert_string_equal(strtab_str(t->strings, process_comm(t, pid, pid, time)),
			    comm);
	assert_string_equal(
		dso_short_name(strtab_str(t->strings, dso_at(t->dsos, m->dso)->path)),
		comm);
	m = space_find(&t->spaces, space, 0x700000 + 0x1000 * (uint64_t)pid, time);
	assert_non_null(m);
	assert_string_equal(strtab_str(t->strings, dso_at(t->dsos, m->dso)->path),
			    "/lib/libc.so");
}

static void processes_without_samples_are_forgotten(void **state)
{
	const struct filter filter = {.records = FILTER_SIDE_BAND};
	scoped(recording_close) struct recording *recording = NULL;
	scoped(cursor_free) struct cursor *cursor = NULL;
	struct run_info info = {0};
	struct early_count early = {.is_refused = true};
	struct process_table t;
	struct strtab strings;
	struct dso_table dsos;
	char dir[64], path[512];
	struct error err;

	(void)state;
	recording_make(temp_path(path, temp_dir_make(dir), "long.data"));
	strtab_init(&strings);
	dso_table_init(&dsos, &strings);
	process_table_init(&t, &strings, &dsos);
	recording = recording_open(path, &err);
	assert_non_null(recording);
	early.recording = recording;
	cursor = cursor_new(recording, &filter);
	assert_int_equal(side_band_pass_run(&(struct side_band_pass){.processes = &t,
								     .run_info = &info,
								     .early = &early},
					    cursor, &err),
			 0);
	for (uint32_t i = FIRST_PID; i < FIRST_PID + PROCESSES; i += SAMPLED)
		check_process(&t, i);
	assert_in_range(t.processes.n, PROCESSES / SAMPLED, FEW);
	assert_in_range(t.threads.n, PROCESSES / SAMPLED, FEW);
	assert_in_range(t.spaces.items.n, PROCESSES / SAMPLED, FEW);
	assert_in_range(dsos.items.n, 52, FEW);
	early_count_release(&early);
	process_table_release(&t);
	dso_table_release(&dsos);
	strtab_release(&strings);
	temp_dir_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(processes_without_samples_are_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
