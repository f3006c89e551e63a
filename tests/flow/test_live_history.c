/* Memory of live unwinding after long histories. */
#include "base/bytes.h"
#include "base/scoped.h"
#include "flow/unwinding/live_stacks.h"
#include "record/data/decode.h"
#include "record/data/encode.h"
#include "tests/test.h"

#include <malloc.h>
#include <stdio.h>

enum {
	PROCESSES = 100000,
	A_ROUND = 500, /* processes between two rounds of the recorder */
	SETTLED = 20000,
	MORE_MOST = 4 << 20, /* bytes */
};

struct live {
	struct event_specs specs;
	struct decode_event stored;
	struct live_stacks *stacks;
	struct writer writer;
	uint64_t time;
};

static int start(void **state)
{
	struct live *l = mem_new(1, sizeof(*l));
	const struct known_event *event = known_event_named("cpu-clock");
	struct perf_event_attr *attr;
	struct bytes b;
	struct error err;

	event_specs_set(&l->specs, &event, 1, 99, true);
	attr = &l->specs.sampling.items[0].attr;
	b = bytes_of(attr, sizeof(*attr));
	assert_int_equal(decode_event_read(&l->stored, &b, &err), 0);
	l->writer.out = out_memory();
	l->stacks = live_stacks_start(
		&(struct live_stacks_options){
			.specs = &l->specs, .machine = "x86_64", .queue_size = 1 << 20},
		&err);
	assert_non_null(l->stacks);
	*state = l;
	return 0;
}

static int end(void **state)
{
	struct live *l = *state;

	live_stacks_free(&l->stacks);
	event_specs_release(&l->specs);
	out_free(&l->writer.out);
	mem_free(l);
	return 0;
}

static void add(struct live *l, struct event *ev)
{
	uint8_t record[ENCODE_SIZE_MAX];
	size_t size;

	ev->time = ++l->time;
	size = encode_event(record, &l->stored.layout, ev);
	live_stacks_add_side_band(l->stacks, record, size);
}

static void add_map(struct live *l, uint32_t pid, uint64_t addr, uint64_t inode,
		    const char *path)
{
	add(l, &(struct event){.kind = EVENT_MMAP,
			       .pid = pid,
			       .tid = pid,
			       .mmap = {.addr = addr,
					.len = 0x1000,
					.inode = inode,
					.path = path,
					.is_exec = true}});
}

static void add_exec(struct live *l, uint32_t pid)
{
	add(l, &(struct event){.kind = EVENT_COMM,
			       .pid = pid,
			       .tid = pid,
			       .comm = {.comm = "brief", .is_exec = true}});
}

static void add_task(struct live *l, enum event_kind kind, uint32_t pid, uint32_t tid)
{
	add(l, &(struct event){.kind = kind,
			       .pid = pid,
			       .tid = tid,
			       .fork = {.parent_pid = pid == tid ? 1 : pid,
					.parent_tid = pid == tid ? 1 : pid}});
}

static size_t bytes_used(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

/* Calls 'make' many times, and checks that the later calls need no more memory. */
static void check_bounded(struct live *l, void (*make)(struct live *l, uint32_t i))
{
	size_t settled = 0;

	for (uint32_t i = 0; i < PROCESSES; i++) {
		make(l, i);
		if (i % A_ROUND == 0)
			live_stacks_advance(l->stacks, l->time += 2000000000, &l->writer);
		if (i == SETTLED)
			settled = bytes_used();
	}
	assert_in_range(bytes_used(), 0, settled + MORE_MOST);
}

static void brief_process(struct live *l, uint32_t i)
{
	uint32_t pid = 2 + i;

	add_task(l, EVENT_FORK, pid, pid);
	add_exec(l, pid);
	add_map(l, pid, 0x400000, 1, "/bin/brief");
	add_map(l, pid, 0x7f0000000000 + 0x1000 * (uint64_t)i, 2, "/lib/libc.so.6");
	add_map(l, pid, 0x600000, 0, "//anon");
	add_task(l, EVENT_EXIT, pid, pid);
}

static void again(struct live *l, uint32_t i)
{
	add_exec(l, 7);
	add_map(l, 7, 0x400000 + 0x1000 * (uint64_t)i, 1, "/bin/again");
	add_map(l, 7, 0x600000, 0, "//anon");
}

static void thread(struct live *l, uint32_t i)
{
	if (!i)
		add_exec(l, 7);
	add_task(l, EVENT_FORK, 7, 8 + i);
	add_task(l, EVENT_EXIT, 7, 8 + i);
}

/* Another file each time, whose path and identity no other one has. */
static void new_file(struct live *l, uint32_t i)
{
	char path[64];

	snprintf(path, sizeof(path), "/tmp/jit-%u.so (deleted)", i);
	add_map(l, 7, 0x400000, 10 + i, path);
}

static void one_page(struct live *l, uint32_t i)
{
	add_map(l, 7, 0x400000, 1 + i % 3, i % 2 ? "/lib/a.so" : "/lib/b.so");
}

static void cgroup(struct live *l, uint32_t i)
{
	char path[64];

	snprintf(path, sizeof(path), "/job-%u", i);
	add(l, &(struct event){.kind = EVENT_CGROUP,
			       .cgroup = {.id = 100 + i, .path = path}});
}

static void name(struct live *l, uint32_t i)
{
	char text[16];

	snprintf(text, sizeof(text), "job-%u", i);
	add(l, &(struct event){
		       .kind = EVENT_COMM, .pid = 7, .tid = 7, .comm = {.comm = text}});
}

static void brief_processes(void **state)
{
	check_bounded(*state, brief_process);
}

static void a_program_that_executes_itself(void **state)
{
	check_bounded(*state, again);
}

static void brief_threads(void **state)
{
	check_bounded(*state, thread);
}

static void ever_new_files(void **state)
{
	check_bounded(*state, new_file);
}

static void ever_new_mappings_of_one_page(void **state)
{
	check_bounded(*state, one_page);
}

static void ever_new_cgroups(void **state)
{
	check_bounded(*state, cgroup);
}

static void ever_new_names(void **state)
{
	check_bounded(*state, name);
}

#define live(test) cmocka_unit_test_setup_teardown(test, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		live(brief_processes),
		live(a_program_that_executes_itself),
		live(brief_threads),
		live(ever_new_files),
		live(ever_new_mappings_of_one_page),
		live(ever_new_cgroups),
		live(ever_new_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
