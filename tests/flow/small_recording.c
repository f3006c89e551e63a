#include "tests/flow/small_recording.h"

#include "model/callchain.h"
#include "record/data/event_specs.h"
#include "record/data/writer.h"
#include "tests/test.h"

#include <string.h>

uint32_t small_tid(uint32_t i)
{
	return SMALL_PID + i % 2;
}

uint32_t small_chain(uint32_t i)
{
	return i / 7 % SMALL_CHAINS;
}

static void sample_write(struct writer *w, uint32_t i, uint64_t code)
{
	const struct {
		struct perf_event_header header;
		uint64_t addr;
		uint32_t pid, tid;
		uint64_t time, cpu, n_chain;
		uint64_t chain[SMALL_ADDRS];
		uint64_t cgroup;
	} record = {
		.header = {PERF_RECORD_SAMPLE, PERF_RECORD_MISC_USER, sizeof(record)},
		.addr = code + 16 * small_chain(i),
		.pid = SMALL_PID,
		.tid = small_tid(i),
		.time = SMALL_START + i,
		.cpu = i % 2,
		.n_chain = SMALL_ADDRS,
		.chain = {CALLCHAIN_USER, code + 16 * small_chain(i), code + 1000},
	};

	assert_int_equal(sizeof(record), SMALL_SAMPLE_SIZE);
	writer_record(w, &record, sizeof(record));
}

static void program_write(struct writer *w, const struct event_mmap *program)
{
	const struct event comm = {.kind = EVENT_COMM,
				   .pid = SMALL_PID,
				   .tid = SMALL_PID,
				   .time = EVENT_NO_TIME,
				   .comm = {"program", true}};
	const struct event map = {.kind = EVENT_MMAP,
				  .pid = SMALL_PID,
				  .tid = SMALL_PID,
				  .time = EVENT_NO_TIME,
				  .mmap = *program};

	writer_event(w, &comm);
	writer_event(w, &map);
}

struct out *small_recording(const struct event_mmap *program)
{
	const struct event_mmap nothing = {
		.addr = 0x400000, .len = 4096, .path = "//anon", .is_exec = true};
	struct out *out = out_memory();
	struct run_info info = {.arch = "x86_64"};
	const struct known_event *event = known_event_named("cpu-clock");
	struct event_specs specs = {0};
	struct strtab strings;
	struct dso_table dsos;
	struct writer w;
	struct error err;

	program = program ? program : &nothing;
	event_specs_set(&specs, &event, 1, 99, true);
	strtab_init(&strings);
	dso_table_init(&dsos, &strings);
	writer_init(&w, out, &specs, NULL, NULL);
	program_write(&w, program);
	for (uint32_t i = 0; i < SMALL_SAMPLES; i++)
		sample_write(&w, i, program->addr);
	writer_round(&w);
	assert_int_equal(writer_end_data(&w, &err), 0);
	assert_int_equal(writer_finish(&w, &info, &dsos, &err), 0);
	writer_release(&w);
	event_specs_release(&specs);
	dso_table_release(&dsos);
	strtab_release(&strings);
	return out;
}
