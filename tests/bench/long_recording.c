/* Writes a recording as of a long time of churn, as samples/programs/churn.c makes it:
 * 1,000 execs and 20,000 executable mappings a second, 99 samples/s on each of two CPUs.
 *
 *     long_recording FILE SECONDS
 */
#include "base/narrow.h"
#include "base/scoped.h"
#include "model/callchain.h"
#include "record/data/encode.h"
#include "record/data/writer.h"

#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	EXECS = 1000,
	MAPS = 20000,
	SAMPLES = 99,
	CPUS = 2,
	SHELL = 100, /* pid of the parent */
	MAPPER = 200,
	PIDS = 30000, /* then they begin again */
	PAGE = 4096,
	KERNEL_FRAMES = 12,
	USER_FRAMES = 8,
	STACKS = 300, /* different ones in the kernel */
};

#define SECOND	    1000000000ull
#define KERNEL_CODE 0xffffffff81000000ull
#define NO_RANDOM   0x9e3779b97f4a7c15ull

struct long_recording {
	struct writer writer;
	uint64_t random;
	uint64_t execs, maps;
	uint64_t program, libc; /* addresses in the process that runs now */
};

static uint64_t chance(struct long_recording *l, uint64_t n)
{
	l->random ^= l->random << 13;
	l->random ^= l->random >> 7;
	l->random ^= l->random << 17;
	return l->random % n;
}

static void put(struct long_recording *l, const struct event *ev)
{
	uint8_t record[ENCODE_SIZE_MAX];
	size_t size = encode_event(record, &l->writer.layout, ev);

	writer_record(&l->writer, record, size);
}

static void put_map(struct long_recording *l, uint32_t pid, uint64_t time,
		    struct event_mmap map)
{
	map.is_exec = true;
	map.major = 254;
	put(l, &(struct event){.kind = EVENT_MMAP,
			       .pid = pid,
			       .tid = pid,
			       .time = time,
			       .mmap = map});
}

static void put_comm(struct long_recording *l, uint32_t pid, uint64_t time,
		     const char *name, bool is_exec)
{
	put(l, &(struct event){.kind = EVENT_COMM,
			       .pid = pid,
			       .tid = pid,
			       .time = time,
			       .comm = {.comm = name, .is_exec = is_exec}});
}

static uint32_t pid_now(const struct long_recording *l)
{
	return 1000 + narrow_u32(l->execs % PIDS);
}

static void put_exec(struct long_recording *l, uint64_t time)
{
	uint32_t pid = pid_now(l);
	uint64_t linker = 0x7f0000000000 + PAGE * chance(l, 1 << 26);

	l->program = 0x550000000000 + PAGE * chance(l, 1 << 26);
	l->libc = linker - (4 << 20);
	put(l, &(struct event){.kind = EVENT_FORK,
			       .pid = pid,
			       .tid = pid,
			       .time = time,
			       .fork = {.parent_pid = SHELL, .parent_tid = SHELL}});
	put_comm(l, pid, time + 1000, "true", true);
	put_map(l, pid, time + 2000,
		(struct event_mmap){.addr = l->program,
				    .len = 4 * PAGE,
				    .file_off = PAGE,
				    .inode = 11,
				    .path = "/usr/bin/none"});
	put_map(l, pid, time + 3000,
		(struct event_mmap){.addr = linker,
				    .len = 38 * PAGE,
				    .file_off = PAGE,
				    .inode = 12,
				    .path = "/usr/lib/ld-none.so.2"});
	put_map(l, pid, time + 4000,
		(struct event_mmap){
			.addr = linker + 100 * PAGE, .len = PAGE, .path = "[vdso]"});
	put_map(l, pid, time + 5000,
		(struct event_mmap){.addr = l->libc,
				    .len = 341 * PAGE,
				    .file_off = 38 * PAGE,
				    .inode = 13,
				    .path = "/usr/lib/libnone.so.6"});
}

static void put_exit(struct long_recording *l, uint64_t time)
{
	uint32_t pid = pid_now(l);

	put(l, &(struct event){.kind = EVENT_EXIT, .pid = pid, .tid = pid, .time = time});
	l->execs++;
}

static void put_sample(struct long_recording *l, uint64_t time, uint32_t cpu)
{
	bool is_mapper = chance(l, 5) < 2;
	uint32_t pid = is_mapper ? MAPPER : pid_now(l);
	struct {
		struct perf_event_header header;
		uint64_t addr;
		uint32_t pid, tid;
		uint64_t time, cpu, n_chain;
		uint64_t chain[KERNEL_FRAMES + USER_FRAMES + 2];
		uint64_t cgroup;
	} record = {
		.header = {PERF_RECORD_SAMPLE, PERF_RECORD_MISC_KERNEL, sizeof(record)},
		.pid = pid,
		.tid = pid,
		.time = time,
		.cpu = cpu,
		.n_chain = KERNEL_FRAMES + USER_FRAMES + 2,
	};
	uint64_t *to = record.chain, stack = chance(l, STACKS);

	*to++ = CALLCHAIN_KERNEL;
	for (uint64_t i = 0; i < KERNEL_FRAMES; i++)
		*to++ = KERNEL_CODE + i * 100000 + 16 * (i < 4 ? stack : stack % 10);
	*to++ = CALLCHAIN_USER;
	for (uint64_t i = 0; i < USER_FRAMES; i++)
		*to++ = is_mapper	      ? 0x400000 + i * 16
			: i < USER_FRAMES / 2 ? l->libc + i * 5000 + 16 * (stack % 5)
					      : l->program + i * 64;
	record.addr = record.chain[1];
	writer_record(&l->writer, &record, sizeof(record));
}

/* Processes that run all the time. */
static void put_first(struct long_recording *l)
{
	put_comm(l, SHELL, 1, "churn", true);
	put_comm(l, MAPPER, 1, "churn", true);
	put_map(l, MAPPER, 2,
		(struct event_mmap){.addr = 0x400000,
				    .len = 16 * PAGE,
				    .inode = 14,
				    .path = "/usr/bin/churn-none"});
}

static void put_second(struct long_recording *l, uint64_t second)
{
	enum { STEPS = MAPS };
	uint64_t sample_due = 0;

	for (uint64_t i = 0; i < STEPS; i++) {
		uint64_t time = second * SECOND + i * (SECOND / STEPS);

		put_map(l, MAPPER, time,
			(struct event_mmap){.addr = 0x7e0000000000 + 2 * PAGE * (i % 64),
					    .len = PAGE,
					    .file_off = PAGE * (l->maps++ % 3),
					    .inode = 14,
					    .path = "/usr/bin/churn-none"});
		if (i % (MAPS / EXECS) == 0)
			put_exec(l, time + 10000);
		for (; sample_due * STEPS <= i * SAMPLES; sample_due++)
			for (uint32_t cpu = 0; cpu < CPUS; cpu++)
				put_sample(l, time + 20000 + cpu, cpu);
		if (i % (MAPS / EXECS) == MAPS / EXECS - 1)
			put_exit(l, time + 30000);
	}
	writer_round(&l->writer);
}

int main(int argc, char **argv)
{
	struct long_recording l = {.random = NO_RANDOM};
	struct run_info info = {.arch = "x86_64"};
	const struct known_event *event = known_event_named("cpu-clock");
	struct event_specs specs = {0};
	struct error err;
	uint64_t seconds;

	if (argc != 3) {
		fprintf(stderr, "usage: long_recording FILE SECONDS\n");
		return 1;
	}
	seconds = strtoull(argv[2], NULL, 10);
	scoped(out_free) struct out *out = out_open(argv[1], 0, &err);

	event_specs_set(&specs, &event, 1, SAMPLES, true);
	writer_init(&l.writer, out, &specs, NULL, NULL);
	put_first(&l);
	for (uint64_t second = 1; second <= seconds; second++)
		put_second(&l, second);
	if (writer_end_data(&l.writer, &err) < 0 ||
	    writer_finish(&l.writer, &info, NULL, &err) < 0 ||
	    out_commit(out, &err) < 0) {
		fprintf(stderr, "long_recording: %s\n", err.text);
		return 1;
	}
	writer_release(&l.writer);
	event_specs_release(&specs);
	return 0;
}
