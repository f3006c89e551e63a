/* Samples of a long recording are counted while their processes are known, and then the
 * processes are forgotten. */
#include "flow/early_count.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "flow/side_band_pass.h"
#include "record/data/encode.h"
#include "record/data/writer.h"
#include "tests/files.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

enum {
	PROCESSES = 60000, /* each has a sample */
	JIT = 1000,	   /* each process with a number that this divides has JIT code */
	LATE = 777,	   /* likewise: its sample is the last record of the recording */
	APART = 1000000,   /* ns between two processes */
	PROGRAMS = 5,
	FEW = 45000,
	FIRST_PID = 100,
};

#define KERNEL 0xffffffff81000000ull
#define ANON   0x600000ull

static void put(struct writer *w, struct event *ev, uint32_t pid, uint64_t time)
{
	uint8_t record[ENCODE_SIZE_MAX];

	ev->pid = ev->tid = pid;
	ev->time = time;
	writer_record(w, record, encode_event(record, &w->layout, ev));
}

static void put_map(struct writer *w, uint32_t pid, uint64_t time, uint64_t addr,
		    const char *path)
{
	put(w,
	    &(struct event){.kind = EVENT_MMAP,
			    .mmap = {.addr = addr,
				     .len = 8192,
				     .file_off = 4096,
				     .path = path,
				     .is_exec = true}},
	    pid, time);
}

static uint64_t time_of(uint32_t pid)
{
	return 1000 + (uint64_t)(pid - FIRST_PID) * APART;
}

/* Each process has its code elsewhere. */
static uint64_t code_of(uint32_t pid)
{
	return 0x550000000000 + 0x10000 * (uint64_t)pid;
}

static bool has_jit(uint32_t pid)
{
	return pid % JIT == 0;
}

static void put_process(struct writer *w, uint32_t pid)
{
	uint64_t time = time_of(pid);
	char path[64];

	snprintf(path, sizeof(path), "/bin/p%u", pid % PROGRAMS);
	put(w,
	    &(struct event){.kind = EVENT_FORK,
			    .fork = {.parent_pid = 1, .parent_tid = 1}},
	    pid, time);
	put(w,
	    &(struct event){.kind = EVENT_COMM,
			    .comm = {.comm = path + 5, .is_exec = true}},
	    pid, time + 10);
	put_map(w, pid, time + 20, code_of(pid), path);
	put_map(w, pid, time + 30, code_of(pid) + 0x4000, "/lib/libc.so");
	if (has_jit(pid))
		put_map(w, pid, time + 40, ANON, "//anon");
	put(w, &(struct event){.kind = EVENT_EXIT}, pid, time + APART / 2);
}

static void put_sample(struct writer *w, uint32_t pid)
{
	const struct {
		struct perf_event_header header;
		uint64_t addr;
		uint32_t pid, tid;
		uint64_t time, cpu, n_chain, chain[6], cgroup;
	} record = {
		.header = {PERF_RECORD_SAMPLE, PERF_RECORD_MISC_USER, sizeof(record)},
		.addr = KERNEL,
		.pid = pid,
		.tid = pid,
		.time = time_of(pid) + 100,
		.n_chain = 6,
		.chain = {CALLCHAIN_KERNEL, KERNEL, CALLCHAIN_USER,
			  has_jit(pid) ? ANON : code_of(pid) + 16,
			  code_of(pid) + 0x4000 + 32 * (pid % 3), CALLCHAIN_TRUNCATED},
	};

	writer_record(w, &record, sizeof(record));
}

static void recording_make(const char *path)
{
	scoped(out_free) struct out *out = out_memory();
	const struct known_event *event = known_event_named("cpu-clock");
	struct event_specs specs = {0};
	struct writer w;
	struct error err;

	event_specs_set(&specs, &event, 1, 99, true);
	writer_init(&w, out, &specs, NULL, NULL);
	for (uint32_t i = FIRST_PID; i < FIRST_PID + PROCESSES; i++) {
		put_process(&w, i);
		if (i % LATE)
			put_sample(&w, i);
	}
	for (uint32_t i = FIRST_PID; i < FIRST_PID + PROCESSES; i++)
		if (i % LATE == 0)
			put_sample(&w, i);
	assert_int_equal(writer_end_data(&w, &err), 0);
	writer_release(&w);
	event_specs_release(&specs);
	file_write(path, out_data(out), (size_t)out_pos(out));
}

/* Both passes over the recording. */
struct loaded {
	struct recording *recording;
	struct run_info info;
	struct strtab strings;
	struct dso_table dsos;
	struct process_table processes;
	struct selection selection;
	struct counter counter;
	struct early_count early;
};

static void second_pass(struct loaded *l, struct cursor *cursor)
{
	struct record_span span;
	const struct counter_input input = {
		.recording = l->recording,
		.spans = &span,
		.n_spans = cursor_spans(cursor, &span, 1),
		.selection = &l->selection,
		.processes = &l->processes,
		.run_info = &l->info,
		.is_done = l->early.is_done.items,
		.n_done = l->early.is_done.n,
	};
	struct error err;

	assert_int_equal(counter_run(&l->counter, &input, &err), 0);
}

static void load(struct loaded *l, const char *path, bool is_refused)
{
	const struct filter filter = {.records = FILTER_SIDE_BAND};
	scoped(cursor_free) struct cursor *cursor = NULL;
	struct error err;

	strtab_init(&l->strings);
	dso_table_init(&l->dsos, &l->strings);
	process_table_init(&l->processes, &l->strings, &l->dsos);
	l->recording = recording_open(path, &err);
	assert_non_null(l->recording);
	l->early = (struct early_count){.counter = &l->counter,
					.processes = &l->processes,
					.recording = l->recording,
					.selection = &l->selection,
					.run_info = &l->info,
					.is_refused = is_refused};
	cursor = cursor_new(l->recording, &filter);
	assert_int_equal(
		side_band_pass_run(&(struct side_band_pass){.processes = &l->processes,
							    .run_info = &l->info,
							    .early = &l->early},
				   cursor, &err),
		0);
	assert_int_equal(l->early.is_used, !is_refused);
	second_pass(l, cursor);
}

static void loaded_release(struct loaded *l)
{
	early_count_release(&l->early);
	counter_release(&l->counter);
	recording_close(&l->recording);
	process_table_release(&l->processes);
	dso_table_release(&l->dsos);
	strtab_release(&l->strings);
}

/* "p1 ... /bin/p1+1010": the root and all addresses of a chain, as offsets in files. */
static void chain_text(const struct loaded *l, const struct callchain *chain, char *text,
		       size_t size)
{
	const struct root *root = &l->counter.roots.items.items[chain->root];
	size_t len =
		(size_t)snprintf(text, size, "%s", strtab_str(&l->strings, root->comm));

	for (uint32_t i = 0; i < chain->n; i++) {
		uint64_t addr = chain->addrs[i];
		const struct mapping *m =
			space_find(&l->processes.spaces, chain->space, addr, chain->time);
		const char *path =
			m ? strtab_str(&l->strings, dso_at(&l->dsos, m->dso)->path) : "";

		addr = m ? addr - m->start + m->file_off : addr;
		len += (size_t)snprintf(text + len, size - len, " %s+%llx", path,
					(unsigned long long)addr);
	}
	assert_true(len < size);
}

/* Adds the counts of equal texts; 'texts' numbers them. */
static void counts_add(const struct loaded *l, struct strtab *texts, uint64_t *counts)
{
	const struct callchain *chain;
	char text[500];

	vec_each(chain, &l->counter.chains.items) {
		str_id id;

		chain_text(l, chain, text, sizeof(text));
		id = strtab_add(texts, text);
		assert_in_range(id, 0, FEW - 1);
		counts[id] += chain->count;
	}
}

static void processes_are_forgotten_and_counts_stay(void **state)
{
	uint64_t *counts[2] = {mem_new(FEW, sizeof(*counts[0])),
			       mem_new(FEW, sizeof(*counts[0]))};
	struct loaded early = {0}, whole = {0};
	char dir[64], path[512];
	struct strtab texts;
	uint64_t all = 0;

	(void)state;
	recording_make(temp_path(path, temp_dir_make(dir), "long.data"));
	strtab_init(&texts);
	load(&early, path, false);
	load(&whole, path, true);
	assert_in_range(early.early.n_left, PROCESSES / JIT, PROCESSES / JIT + 1);
	assert_in_range(early.processes.processes.n, PROCESSES / JIT, FEW);
	assert_in_range(early.processes.threads.n, PROCESSES / JIT, FEW);
	assert_in_range(early.counter.chains.items.n, 3 * PROGRAMS,
			3 * PROGRAMS + PROCESSES / JIT + 1);
	assert_true(whole.counter.chains.items.n >= PROCESSES);
	assert_int_equal(early.counter.first, whole.counter.first);
	assert_int_equal(early.counter.last, whole.counter.last);
	counts_add(&early, &texts, counts[0]);
	counts_add(&whole, &texts, counts[1]);
	for (size_t i = 0; i < FEW; i++) {
		assert_int_equal(counts[0][i], counts[1][i]);
		all += counts[0][i];
	}
	assert_int_equal(all, PROCESSES);
	loaded_release(&early);
	loaded_release(&whole);
	strtab_release(&texts);
	mem_free(counts[0]);
	mem_free(counts[1]);
	temp_dir_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(processes_are_forgotten_and_counts_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
