/* Memory and time of long histories: they follow what lives and what has samples. */
#include "base/sort.h"
#include "tests/model/process_world.h"

#include <stdio.h>

enum {
	EVENTS = 1000000,
	EVERY = 1000, /* events between two calls of process_table_forget() */
	FEW = 40000,  /* entries that a table may hold, whatever its history */
};

static void exit_at(struct world *w, uint32_t pid, uint32_t tid, uint64_t time)
{
	process_apply(&w->t,
		      &(struct event){
			      .kind = EVENT_EXIT, .pid = pid, .tid = tid, .time = time});
}

static void map_as(struct world *w, uint32_t pid, uint64_t time, uint64_t addr,
		   uint64_t file_off, const char *path)
{
	process_apply(&w->t, &(struct event){.kind = EVENT_MMAP,
					     .pid = pid,
					     .tid = pid,
					     .time = time,
					     .mmap = {.addr = addr,
						      .len = 0x1000,
						      .file_off = file_off,
						      .inode = 1,
						      .path = path,
						      .is_exec = true}});
}

static void a_million_names(void **state)
{
	struct world *w = *state;
	uint64_t time = 0;
	char name[16];

	for (int i = 0; i < EVENTS; i++) {
		snprintf(name, sizeof(name), "job-%d", i);
		comm(w, 10, 10, ++time, name, false);
		if (process_table_has_grown(&w->t))
			process_table_forget(&w->t, time, NULL);
	}
	assert_in_range(w->t.names.entries.n, 0, FEW);
	assert_in_range(w->strings.entries.n, 0, 10);
	process_table_finish(&w->t);
	assert_string_equal(comm_at(w, 10, 10, time), name);
	assert_string_equal(comm_at(w, 0, 0, time), "swapper");
}

/* As a recorder does that looks up present times only. */
static void forget(struct world *w, uint64_t time)
{
	if (process_table_has_grown(&w->t))
		process_table_forget(&w->t, time, NULL);
}

static void check_small(const struct world *w)
{
	assert_in_range(w->t.processes.n, 0, FEW);
	assert_in_range(w->t.threads.n, 0, FEW);
	assert_in_range(w->t.by_pid.size, 0, 8 * FEW);
	assert_in_range(w->t.by_tid.size, 0, 8 * FEW);
	assert_in_range(w->t.spaces.items.n, 0, FEW);
	assert_in_range(w->t.spaces.pool.nodes.n, 0, FEW);
}

static void a_million_execs_of_one_process(void **state)
{
	struct world *w = *state;
	uint64_t time = 0;

	for (int i = 0; i < EVENTS; i++) {
		comm(w, 10, 10, ++time, "again", true);
		map_as(w, 10, ++time, 0x400000 + 0x1000 * (uint64_t)(i % 999), 0, "/a");
		map_as(w, 10, ++time, 0x7f0000000000, 0, "/libc.so");
		forget(w, time);
	}
	check_small(w);
	assert_string_equal(path_at(w, 10, 0x7f0000000000, time), "/libc.so");
}

static void a_million_processes(void **state)
{
	struct world *w = *state;
	uint64_t time = 0;

	mmap_at(w, 1, ++time, 0x400000, "/sbin/init");
	for (uint32_t pid = 2; pid < EVENTS; pid++) {
		fork_at(w, 1, pid, pid, time += 1000000);
		comm(w, pid, pid, ++time, "brief", true);
		map_as(w, pid, ++time, 0x500000, 0, "/bin/brief");
		exit_at(w, pid, pid, ++time);
		forget(w, time);
	}
	check_small(w);
	assert_string_equal(path_at(w, 1, 0x400000, time), "/sbin/init");
	assert_string_equal(path_at(w, EVENTS - 1, 0x500000, time), "/bin/brief");
	assert_string_equal(path_at(w, 2, 0x500000, time), "");
}

static void a_million_threads(void **state)
{
	struct world *w = *state;
	uint64_t time = 0;

	comm(w, 10, 10, ++time, "main", true);
	mmap_at(w, 10, ++time, 0x400000, "/bin/server");
	for (uint32_t tid = 11; tid < EVENTS; tid++) {
		fork_at(w, 10, 10, tid, time += 100000);
		exit_at(w, 10, tid, ++time);
		forget(w, time);
	}
	check_small(w);
	/* Its first thread ends, but not the process. */
	fork_at(w, 10, 10, EVENTS, ++time);
	exit_at(w, 10, 10, ++time);
	process_table_forget(&w->t, time + 10000000000, NULL);
	assert_string_equal(path_at(w, 10, 0x400000, time), "/bin/server");
	assert_string_equal(comm_at(w, 10, EVENTS, time), "main");
	exit_at(w, 10, EVENTS, ++time);
	process_table_forget(&w->t, time + 10000000000, NULL);
	assert_string_equal(path_at(w, 10, 0x400000, time), "");
}

/* An exec in a thread ends all others, but only their exits have records. */
static void an_exec_in_a_thread(void **state)
{
	struct world *w = *state;

	comm(w, 10, 10, 1, "main", true);
	fork_at(w, 10, 10, 11, 2);
	exit_at(w, 10, 10, 3);
	comm(w, 10, 10, 4, "next", true);
	mmap_at(w, 10, 5, 0x400000, "/bin/next");
	exit_at(w, 10, 10, 6);
	process_table_forget(&w->t, 10000000000, NULL);
	assert_string_equal(path_at(w, 10, 0x400000, 5), "");
}

static void a_million_mappings_at_one_address(void **state)
{
	struct world *w = *state;
	uint64_t time = 0;

	for (int i = 0; i < EVENTS; i++) {
		map_as(w, 10, ++time, 0x400000, 0, i % 2 ? "/lib/a.so" : "/lib/b.so");
		forget(w, time);
	}
	check_small(w);
	assert_string_equal(path_at(w, 10, 0x400000, time), "/lib/a.so");
}

/* The same mapping again means the same: it needs no memory, even for a reader of all
 * times. */
static void mappings_without_effect(void **state)
{
	struct world *w = *state;
	struct task_view v;

	for (uint64_t time = 1; time < EVENTS; time++)
		map_as(w, 10, time, 0x400000 + 0x1000 * (time % 64), 0x1000 * (time % 64),
		       "/lib/a.so");
	for (uint64_t time = 1; time < EVENTS; time++)
		map_as(w, 10, EVENTS + time, 0x10000000 + 0x1000 * time, 0, "//anon");
	assert_in_range(w->t.spaces.pool.nodes.n, 0, 8);
	v = process_view(&w->t, 10, 10, EVENTS);
	assert_int_equal(v.until, UINT64_MAX);
	assert_string_equal(path_at(w, 10, 0x43f000, EVENTS), "/lib/a.so");
	assert_string_equal(path_at(w, 10, 0x10000000 + 0x1000 * 777, EVENTS), "//anon");
}

/* Nothing tells that a page was unmapped. The program and its libraries, and the newest
 * pages, remain. */
static void a_million_pages_apart(void **state)
{
	struct world *w = *state;
	const uint64_t last = 0x10000000 + 0x2000 * (uint64_t)EVENTS;
	uint64_t time = 2;

	mmap_at(w, 10, 1, 0x400000, "/bin/java");
	for (uint64_t addr = 0x10000000; addr < last; addr += 0x2000) {
		map_as(w, 10, ++time, addr, 0, "//anon");
		forget(w, time);
	}
	assert_in_range(w->t.spaces.pool.nodes.n, 0, 250000);
	assert_string_equal(path_at(w, 10, 0x400000, time), "/bin/java");
	assert_string_equal(path_at(w, 10, last - 0x2000, time), "//anon");
	assert_string_equal(path_at(w, 10, last - 30000 * 0x2000, time), "//anon");
}

/* A process with samples is still looked up as if nothing had been forgotten. */
struct look_up {
	uint32_t pid, tid;
	uint64_t time;
};

enum { PIDS = 12, LOOK_UPS = 400, STEPS = 3000 };

static void random_event(struct event *ev, uint64_t *seed, uint64_t time)
{
	static const char *const paths[] = {"/bin/a", "/bin/b", "/lib/c.so", "//anon"};
	uint32_t pid = 1 + (uint32_t)random_below(seed, PIDS);
	uint64_t what = random_below(seed, 10);
	const char *path = paths[random_below(seed, 4)];

	*ev = (struct event){.pid = pid, .tid = pid, .time = time};
	if (what < 5) {
		ev->kind = EVENT_MMAP;
		ev->mmap = (struct event_mmap){.addr = 0x1000 * random_below(seed, 20),
					       .len = 0x1000 * random_below(seed, 6),
					       .path = path,
					       .is_exec = true};
	} else if (what < 7) {
		ev->kind = EVENT_FORK;
		ev->fork.parent_pid = 1 + (uint32_t)random_below(seed, PIDS);
		ev->fork.parent_tid = ev->fork.parent_pid;
		ev->tid += random_below(seed, 2) ? 100 : 0;
		ev->pid = ev->tid == pid ? pid : ev->fork.parent_pid;
	} else if (what < 9) {
		ev->kind = EVENT_COMM;
		ev->comm.comm = path + 1;
		ev->comm.is_exec = what == 8;
	} else {
		ev->kind = EVENT_EXIT;
		ev->tid += random_below(seed, 2) ? 100 : 0;
	}
}

/* Of mappings that come late, only the nearest are kept. */
static void look_ups_agree(struct world *all, struct world *some,
			   const struct look_up *look)
{
	space_id space = process_space(&all->t, look->pid, look->time);

	for (uint64_t addr = 0; addr < 0x1a000; addr += 0x800) {
		const struct mapping *m =
			space_find(&all->t.spaces, space, addr, look->time);

		if (!m || m->from <= look->time)
			assert_string_equal(path_at(some, look->pid, addr, look->time),
					    path_at(all, look->pid, addr, look->time));
	}
	assert_string_equal(comm_at(some, look->pid, look->tid, look->time),
			    comm_at(all, look->pid, look->tid, look->time));
}

static void apply_to_both(struct world *all, struct world *some, const struct event *ev)
{
	struct event again = {.kind = EVENT_FORK,
			      .pid = ev->pid,
			      .tid = ev->pid,
			      .time = ev->time,
			      .fork = {1, 1, false}};

	process_apply(&all->t, ev);
	process_apply(&some->t, ev);
	/* There are samples at all times, so a process that ends has a successor. */
	if (ev->kind != EVENT_EXIT || ev->tid != ev->pid)
		return;
	process_apply(&all->t, &again);
	process_apply(&some->t, &again);
}

static void samples_keep_their_state(void **state)
{
	enum { UNIT = 1 << 20 }; /* ns between two events: many times a tick */
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 40; round++) {
		struct look_up look[LOOK_UPS];
		struct sample_times samples = {0};
		void *all, *some;
		struct world *w;

		world_make(&all);
		world_make(&some);
		w = some;
		for (int i = 0; i < LOOK_UPS; i++) {
			uint32_t pid = 1 + (uint32_t)random_below(&seed, PIDS);

			look[i] = (struct look_up){pid, pid,
						   UNIT * random_below(&seed, STEPS)};
			sample_times_add(&samples, look[i].pid, look[i].time);
		}
		sample_times_finish(&samples);
		for (uint64_t i = 1; i <= STEPS; i++) {
			struct event ev;

			random_event(&ev, &seed, i * UNIT);
			apply_to_both(all, some, &ev);
			if (i % 50 == 0)
				process_table_forget(&w->t, ev.time, &samples);
		}
		for (int i = 0; i < LOOK_UPS; i++)
			look_ups_agree(all, some, &look[i]);
		sample_times_release(&samples);
		world_clear(&all);
		world_clear(&some);
	}
}

static void times_of_samples(void **state)
{
	struct sample_times s = {0};
	const uint64_t ms = 1000000;

	(void)state;
	for (uint64_t i = 0; i < EVENTS; i++)
		sample_times_add(&s, 7, 5000 * ms + i);
	sample_times_add(&s, 8, 100 * ms);
	sample_times_add(&s, UINT32_MAX, UINT64_MAX);
	sample_times_finish(&s);
	assert_in_range(s.keys.n, 3, 10);
	assert_true(sample_times_any(&s, 7, 5000 * ms, 5000 * ms));
	assert_true(sample_times_any(&s, 7, 0, UINT64_MAX));
	assert_false(sample_times_any(&s, 7, 0, 4999 * ms));
	assert_false(sample_times_any(&s, 7, 5010 * ms, UINT64_MAX));
	assert_false(sample_times_any(&s, 8, 101 * ms, 5000 * ms));
	assert_true(sample_times_any(&s, UINT32_MAX, UINT64_MAX, UINT64_MAX));
	assert_false(sample_times_any(&s, 6, 0, UINT64_MAX));
	sample_times_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_world(a_million_execs_of_one_process),
		in_world(a_million_processes),
		in_world(a_million_threads),
		in_world(a_million_names),
		in_world(an_exec_in_a_thread),
		in_world(a_million_mappings_at_one_address),
		in_world(mappings_without_effect),
		in_world(a_million_pages_apart),
		cmocka_unit_test(samples_keep_their_state),
		cmocka_unit_test(times_of_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
