#include "tests/record/made_recording.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/scoped.h"
#include "record/data/format.h"
#include "record/data/zstd_stream.h"

#include <string.h>
#include <time.h>

const uint64_t made_chain[MADE_ADDRS] = {(uint64_t)-128, 0xffffffff81000010,
					 (uint64_t)-512, 0x401234};

const struct event made_events[MADE_EVENTS] = {
	{.kind = EVENT_MMAP,
	 .pid = UINT32_MAX,
	 .tid = 0,
	 .mmap = {.addr = 0xffffffff81000000,
		  .len = 0x1000000,
		  .build_id = {4, {0xde, 0xad, 0xbe, 0xef}},
		  .path = "[kernel.kallsyms]_text",
		  .is_kernel = true,
		  .is_exec = true}},
	{.kind = EVENT_CGROUP, .cgroup = {99, "/system.slice/nginx.service"}},
	{.kind = EVENT_FORK, .pid = 42, .tid = 42, .fork = {1, 1, true}},
	{.kind = EVENT_COMM, .pid = 42, .tid = 43, .comm = {"some thread", false}},
	{.kind = EVENT_COMM, .pid = 42, .tid = 42, .comm = {"12345678", true}},
	{.kind = EVENT_MMAP,
	 .pid = 42,
	 .tid = 42,
	 .mmap = {.addr = 0x400000,
		  .len = 0x1000,
		  .file_off = 0x2000,
		  .major = 8,
		  .minor = 1,
		  .inode = 77,
		  .generation = 5,
		  .path = "/bin/some program",
		  .is_exec = true}},
};

size_t made_sample(uint64_t *to, uint64_t time)
{
	struct perf_event_header header = {.type = PERF_RECORD_SAMPLE,
					   .misc = PERF_RECORD_MISC_KERNEL};
	size_t n = 1;

	to[n++] = made_chain[1];
	to[n++] = (uint64_t)43 << 32 | 42;
	to[n++] = time;
	to[n++] = 1; /* cpu */
	to[n++] = MADE_ADDRS;
	memcpy(to + n, made_chain, sizeof(made_chain));
	n += MADE_ADDRS;
	to[n++] = 99; /* cgroup */
	header.size = (uint16_t)(8 * n);
	memcpy(to, &header, sizeof(header));
	return 8 * n;
}

void made_specs_init(struct event_specs *specs)
{
	static const struct event_spec event = {
		.name = "cpu-clock",
		.attr = {.size = FORMAT_ATTR_SIZE,
			 .type = PERF_TYPE_SOFTWARE,
			 .config = PERF_COUNT_SW_CPU_CLOCK,
			 .sample_type = EVENT_SPEC_SAMPLE_ID | PERF_SAMPLE_IP |
					PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_CGROUP,
			 .sample_id_all = 1,
			 .sample_period = 10101010,
			 .use_clockid = 1,
			 .clockid = CLOCK_MONOTONIC}};

	*specs = (struct event_specs){0};
	specs->side_band.attr.build_id = 1;
	vec_push(&specs->sampling, event);
	vec_push(&specs->sampling.items[0].ids, 11);
}

/* One dso with a name that was hit and one that was not, one with a reason. */
static void add_names(struct dso_table *dsos)
{
	static const struct inline_frame places[] = {{"inlined", "x.h", 3},
						     {NULL, "x.c", 40}};
	struct dso like = {.kind = DSO_FILE,
			   .path = strtab_add(dsos->strings, "/bin/x"),
			   .inode = 77,
			   .major = 8};
	struct dso *dso = dso_at(dsos, dso_add(dsos, &like));

	dso->names = symbol_table_new();
	symbol_table_add(dso->names, 0x10, 0x20, "hit_function");
	symbol_table_add(dso->names, 0x20, 0x30, "other_function");
	symbol_table_finish(dso->names, UINT64_MAX);
	symbol_table_find(dso->names, 0x18);
	dso->places = inline_table_new();
	inline_table_add(dso->places, 0x18, places, 2);
	dso->resolved = true;

	like.path = strtab_add(dsos->strings, "/bin/y");
	dso = dso_at(dsos, dso_add(dsos, &like));
	dso->reason = strtab_add(dsos->strings, "[replaced y]");
	dso->resolved = true;
}

/* Two functions at one address, one after the other, and a program without any. */
static void add_made(struct dso_table *dsos)
{
	struct jit_code_table *t = jit_code_table_new(), *none = jit_code_table_new();

	jit_code_table_add(t, 0x1000, 0x1100, 20, "later", 5);
	jit_code_table_add(t, 0x1000, 0x1080, 10, "first", 5)->until = 15;
	jit_code_table_finish(t, false);
	vec_push(&dsos->made, ((struct dso_made){42, 7, t}));
	jit_code_table_finish(none, false);
	vec_push(&dsos->made, ((struct dso_made){43, 0, none}));
}

void made_writer_init(struct writer *w, struct out *out, const struct event_specs *specs,
		      int level)
{
	struct error err;

	writer_init(w, out, specs, level ? zstd_packer_new(level, &err) : NULL, NULL);
}

struct out *made_recording(int level)
{
	struct out *out = out_memory();
	struct run_info c = {.hostname = "host-a",
			     .os_release = "6.1.2",
			     .arch = "x86_64",
			     .cpus = 2,
			     .command = "flame record -a",
			     .duration = 5000,
			     .start = 1234567890123456789,
			     .busy = 7,
			     .idle = 3,
			     .lost = 2};
	struct event_specs specs;
	struct strtab strings;
	struct dso_table dsos;
	struct writer w;
	struct error err;
	uint64_t sample[32];

	made_specs_init(&specs);
	strtab_init(&strings);
	dso_table_init(&dsos, &strings);
	add_names(&dsos);
	add_made(&dsos);
	made_writer_init(&w, out, &specs, level);
	for (size_t i = 0; i < MADE_EVENTS; i++)
		writer_event(&w, &made_events[i]);
	for (uint64_t time = 100; time < 103; time++)
		writer_record(&w, sample, made_sample(sample, time));
	writer_round(&w);
	writer_round(&w);
	assert_int_equal(writer_end_data(&w, &err), 0);
	assert_int_equal(writer_finish(&w, &c, &dsos, &err), 0);
	writer_release(&w);
	dso_table_release(&dsos);
	strtab_release(&strings);
	event_specs_release(&specs);
	return out;
}

void made_event_check(const struct event *got, const struct event *want)
{
	assert_int_equal(got->kind, want->kind);
	assert_int_equal(got->pid, want->pid);
	assert_int_equal(got->tid, want->tid);
	assert_int_equal(got->time, EVENT_NO_TIME);
	if (got->kind == EVENT_FORK) {
		assert_int_equal(got->fork.parent_pid, want->fork.parent_pid);
		assert_true(got->fork.is_synthesized);
	} else if (got->kind == EVENT_COMM) {
		assert_string_equal(got->comm.comm, want->comm.comm);
		assert_int_equal(got->comm.is_exec, want->comm.is_exec);
	} else if (got->kind == EVENT_CGROUP) {
		assert_int_equal(got->cgroup.id, want->cgroup.id);
		assert_string_equal(got->cgroup.path, want->cgroup.path);
	} else {
		assert_string_equal(got->mmap.path, want->mmap.path);
		assert_int_equal(got->mmap.addr, want->mmap.addr);
		assert_int_equal(got->mmap.len, want->mmap.len);
		assert_int_equal(got->mmap.file_off, want->mmap.file_off);
		assert_int_equal(got->mmap.inode, want->mmap.inode);
		assert_int_equal(got->mmap.generation, want->mmap.generation);
		assert_int_equal(got->mmap.is_kernel, want->mmap.is_kernel);
		assert_memory_equal(&got->mmap.build_id, &want->mmap.build_id,
				    sizeof(got->mmap.build_id));
		assert_true(got->mmap.is_exec);
	}
}
