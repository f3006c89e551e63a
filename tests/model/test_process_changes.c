#include "tests/model/process_world.h"

#include <stdlib.h>

static struct event fork_event(uint32_t parent, uint32_t pid, uint64_t time,
			       bool is_synthesized)
{
	return (struct event){.kind = EVENT_FORK,
			      .pid = pid,
			      .tid = pid,
			      .time = time,
			      .fork = {.parent_pid = parent,
				       .parent_tid = parent,
				       .is_synthesized = is_synthesized}};
}

/* Only the mark of a synthesized fork keeps maps back, not its time. */
static void real_forks_without_time_inherit_maps(void **state)
{
	struct world *w = *state;
	struct event real = fork_event(10, 11, EVENT_NO_TIME, false);
	struct event synthesized = fork_event(10, 12, 50, true);

	mmap_at(w, 10, EVENT_NO_TIME, 0x400000, "/bin/sh");
	process_apply(&w->t, &real);
	process_apply(&w->t, &synthesized);
	assert_string_equal(path_at(w, 11, 0x400000, 0), "/bin/sh");
	assert_string_equal(path_at(w, 11, 0x400000, 60), "/bin/sh");
	assert_string_equal(path_at(w, 12, 0x400000, 60), "");
	assert_int_equal(process_space(&w->t, 12, 60), SPACE_NONE);
}

/* A fork takes the name of the thread that forked, at the time of the fork. */
static void a_fork_takes_the_name_of_its_thread(void **state)
{
	struct world *w = *state;
	struct event ev = fork_event(10, 20, 30, false);

	comm(w, 10, 10, 5, "main", false);
	comm(w, 10, 11, 10, "worker", false);
	comm(w, 10, 11, 40, "worker late", false);
	ev.fork.parent_tid = 11;
	process_apply(&w->t, &ev);
	assert_string_equal(comm_at(w, 20, 20, 100), "worker");
	/* From the fork on: an earlier process of this pid keeps its own name. */
	comm(w, 21, 21, 5, "earlier", false);
	ev.pid = ev.tid = 21;
	process_apply(&w->t, &ev);
	assert_string_equal(comm_at(w, 21, 21, 29), "earlier");
	assert_string_equal(comm_at(w, 21, 21, 30), "worker");
	/* A parent without a name gives none. */
	ev = fork_event(77, 22, 30, false);
	process_apply(&w->t, &ev);
	assert_int_equal(process_comm(&w->t, 22, 22, 30), 0);
}

/* A fork shares the space that its parent has when the record comes, whatever their
 * times. */
static void forks_share_the_last_space(void **state)
{
	struct world *w = *state;
	struct event ev = fork_event(10, 11, 15, false);

	mmap_at(w, 10, 5, 0x400000, "/bin/sh");
	comm(w, 10, 10, 20, "ls", true);
	mmap_at(w, 10, 21, 0x500000, "/bin/ls");
	process_apply(&w->t, &ev);
	assert_string_equal(path_at(w, 11, 0x400000, 30), "");
	/* A process has the space of a time from exactly this time on. */
	assert_string_equal(path_at(w, 10, 0x400000, 19), "/bin/sh");
	assert_string_equal(path_at(w, 10, 0x400000, 20), "");
}

/* So does a mapping. */
static void late_mappings_belong_to_the_last_space(void **state)
{
	struct world *w = *state;

	mmap_at(w, 10, 5, 0x400000, "/bin/sh");
	comm(w, 10, 10, 20, "ls", true);
	mmap_at(w, 10, 18, 0x600000, "/lib/late.so");
	assert_string_equal(path_at(w, 10, 0x600000, 25), "/lib/late.so");
	assert_string_equal(path_at(w, 10, 0x600000, 19), "");
}

/* The records of a process's threads have its pid and tids of their own. */
static void threads_act_for_their_process(void **state)
{
	struct world *w = *state;
	struct event map = {.kind = EVENT_MMAP,
			    .pid = 10,
			    .tid = 11,
			    .time = 5,
			    .mmap = {.addr = 0x400000,
				     .len = 0x1000,
				     .path = "/bin/a",
				     .is_exec = true}};
	struct event ev = fork_event(10, 20, 30, false);

	process_apply(&w->t, &map);
	map.tid = 12;
	map.mmap.addr = 0x500000;
	map.mmap.path = "/lib/b.so";
	process_apply(&w->t, &map);
	assert_string_equal(path_at(w, 10, 0x400000, 9), "/bin/a");
	assert_string_equal(path_at(w, 10, 0x500000, 9), "/lib/b.so");
	assert_int_equal(process_space(&w->t, 11, 9), SPACE_NONE);
	ev.tid = 21;
	ev.fork.parent_tid = 11;
	process_apply(&w->t, &ev);
	assert_string_equal(path_at(w, 20, 0x400000, 30), "/bin/a");
	assert_int_equal(process_space(&w->t, 21, 30), SPACE_NONE);
}

static void later_mappings_of_the_parent_are_its_own(void **state)
{
	struct world *w = *state;

	mmap_at(w, 10, 5, 0x400000, "/bin/sh");
	fork_at(w, 10, 11, 11, 10);
	mmap_at(w, 10, 15, 0x700000, "/lib/later.so");
	assert_string_equal(path_at(w, 11, 0x700000, 20), "");
	assert_string_equal(path_at(w, 10, 0x700000, 20), "/lib/later.so");
}

static void a_new_thread_takes_the_name_of_its_maker(void **state)
{
	struct world *w = *state;
	struct event ev = fork_event(10, 10, 30, false);

	comm(w, 10, 10, 5, "main", false);
	comm(w, 10, 11, 10, "worker", false);
	ev.tid = 12;
	ev.fork.parent_tid = 11;
	process_apply(&w->t, &ev);
	assert_string_equal(comm_at(w, 10, 12, 40), "worker");
	assert_string_equal(comm_at(w, 10, 10, 40), "main");
	/* Without a name it has the one that its process gets later. */
	ev = fork_event(50, 50, 30, false);
	ev.tid = 51;
	process_apply(&w->t, &ev);
	assert_string_equal(comm_at(w, 50, 51, 40), "");
	comm(w, 50, 50, 35, "late", false);
	assert_string_equal(comm_at(w, 50, 51, 40), "late");
}

static const struct dso *dso_of(struct world *w, space_id space, uint64_t addr)
{
	const struct mapping *m = space_find(&w->t.spaces, space, addr, UINT64_MAX);

	assert_non_null(m);
	return dso_at(&w->dsos, m->dso);
}

static void a_mapping_keeps_the_identity_of_its_file(void **state)
{
	struct world *w = *state;
	struct event ev = {.kind = EVENT_MMAP,
			   .pid = 10,
			   .tid = 11,
			   .time = 5,
			   .mmap = {.addr = 0x400000,
				    .len = 0x1000,
				    .major = 8,
				    .minor = 1,
				    .inode = 1234,
				    .generation = 5678,
				    .build_id = {.size = 3, .data = "abc"},
				    .path = "/bin/a",
				    .is_exec = true}};
	const struct dso *dso;

	process_apply(&w->t, &ev);
	dso = dso_of(w, process_space(&w->t, 10, 9), 0x400000);
	assert_int_equal(dso->kind, DSO_FILE);
	assert_int_equal(dso->major, 8);
	assert_int_equal(dso->minor, 1);
	assert_int_equal(dso->inode, 1234);
	assert_int_equal(dso->generation, 5678);
	assert_true(build_id_same(&dso->build_id, &ev.mmap.build_id));
	assert_int_equal(dso->pid, 10);
	/* The kernel's own mappings never make a process. */
	ev.pid = 12;
	ev.mmap.is_kernel = true;
	ev.mmap.path = "[nf_tables]";
	process_apply(&w->t, &ev);
	assert_int_equal(process_space(&w->t, 12, 9), SPACE_NONE);
	assert_int_equal(dso_of(w, w->t.kernel, 0x400000)->kind, DSO_MODULE);
}

/* Mappings hold from their time on, of the kernel's code too. */
static void mappings_begin_at_their_time(void **state)
{
	struct world *w = *state;
	struct event bpf = {.kind = EVENT_KSYMBOL,
			    .time = 50,
			    .ksymbol = {.addr = 0x1000, .len = 16, .name = "bpf_prog_1"}};
	const struct mapping *m;

	mmap_at(w, 10, 5, 0x400000, "/bin/a");
	mmap_at(w, 10, 20, 0x400000, "/bin/b");
	assert_string_equal(path_at(w, 10, 0x400000, 19), "/bin/a");
	assert_string_equal(path_at(w, 10, 0x400000, 20), "/bin/b");
	process_apply(&w->t, &bpf);
	bpf.time = 60;
	bpf.ksymbol.name = "bpf_prog_2";
	process_apply(&w->t, &bpf);
	m = space_find(&w->t.spaces, w->t.kernel, 0x1008, 59);
	assert_string_equal(strtab_str(&w->strings, dso_at(&w->dsos, m->dso)->path),
			    "bpf_prog_1");
	assert_int_equal(m->file_off, 0x1000);
	assert_int_equal(m->from, 50);
	m = space_find(&w->t.spaces, w->t.kernel, 0x1008, 60);
	assert_string_equal(strtab_str(&w->strings, dso_at(&w->dsos, m->dso)->path),
			    "bpf_prog_2");
}

static void a_cgroup_keeps_its_first_path(void **state)
{
	struct world *w = *state;
	struct event ev = {.kind = EVENT_CGROUP, .cgroup = {.id = 841, .path = "/web1"}};

	process_apply(&w->t, &ev);
	ev.cgroup.path = "/renamed";
	process_apply(&w->t, &ev);
	assert_string_equal(strtab_str(&w->strings, process_cgroup(&w->t, 841)), "/web1");
	assert_int_equal(w->t.cgroups.n, 1);
}

/* Numbers of processes, threads and cgroups do not mix. */
static void a_view_is_of_one_process_and_one_thread(void **state)
{
	struct world *w = *state;
	struct event other = {.kind = EVENT_LOST, .pid = 10, .tid = 10};
	struct task_view v;

	mmap_at(w, 10, 5, 0x400000, "/bin/a");
	comm(w, 10, 12, 10, "worker", false);
	process_apply(&w->t, &other);
	v = process_view(&w->t, 10, 12, 20);
	assert_int_equal(v.space, process_space(&w->t, 10, 20));
	assert_string_equal(strtab_str(&w->strings, v.comm), "worker");
	/* An unknown thread has the name of its process, which has none here. */
	v = process_view(&w->t, 10, 13, 20);
	assert_int_equal(v.comm, 0);
	assert_int_equal(v.space, process_space(&w->t, 10, 20));
	comm(w, 10, 10, 10, "main", false);
	v = process_view(&w->t, 10, 13, 20);
	assert_string_equal(strtab_str(&w->strings, v.comm), "main");
	assert_int_equal(process_space(&w->t, 12, 20), SPACE_NONE);
	assert_int_equal(w->t.processes.n, 1);
}

/* The kernel's code of another time is another view of every process. */
static void changes_of_the_kernel_end_a_view(void **state)
{
	struct world *w = *state;
	struct event bpf = {.kind = EVENT_KSYMBOL,
			    .time = 50,
			    .ksymbol = {.addr = 0x1000, .len = 16, .name = "bpf_prog_1"}};
	struct task_view before, after;

	comm(w, 10, 10, 5, "main", false);
	mmap_at(w, 10, 5, 0x400000, "/bin/a");
	process_apply(&w->t, &bpf);
	bpf.time = 60;
	bpf.ksymbol.name = "bpf_prog_2";
	process_apply(&w->t, &bpf);
	/* A change of the process at the same time does not hide it. */
	mmap_at(w, 10, 60, 0x400000, "/bin/b");
	before = process_view(&w->t, 10, 10, 55);
	after = process_view(&w->t, 10, 10, 60);
	assert_int_equal(before.until, 60);
	assert_int_equal(after.from, 60);
	assert_int_not_equal(before.epoch, after.epoch);
	assert_int_equal(process_view(&w->t, 99, 99, 55).until, 60);
}

/* An exec ends the view of every thread of the process, also of those that keep their
 * name. */
static void an_exec_ends_the_view_of_other_threads(void **state)
{
	struct world *w = *state;
	struct task_view before, after;

	comm(w, 10, 10, 5, "main", false);
	comm(w, 10, 12, 5, "worker", false);
	mmap_at(w, 10, 6, 0x400000, "/bin/a");
	comm(w, 10, 10, 20, "ls", true);
	before = process_view(&w->t, 10, 12, 10);
	after = process_view(&w->t, 10, 12, 20);
	assert_int_equal(before.until, 20);
	assert_int_equal(after.from, 20);
	assert_int_equal(before.comm, after.comm);
	assert_int_not_equal(before.space, after.space);
}

struct hashed_number {
	uint32_t tag, number;
};

static int by_tag(const void *a, const void *b)
{
	const struct hashed_number *x = a, *y = b;

	return (x->tag > y->tag) - (x->tag < y->tag);
}

/* Two numbers with the same hash. */
static void numbers_of_equal_hash(uint64_t seed, uint32_t numbers[2])
{
	enum { N = 1 << 20 };
	struct hashed_number *all = mem_new(N, sizeof(*all));
	uint64_t random = 1;

	for (uint32_t i = 0; i < N; i++) {
		uint32_t number = (uint32_t)random_below(&random, UINT32_MAX);

		all[i] = (struct hashed_number){(uint32_t)(hash_u64(number, seed) >> 32),
						number};
	}
	qsort(all, N, sizeof(*all), by_tag);
	numbers[0] = numbers[1] = 0;
	for (size_t i = 1; i < N; i++)
		if (all[i].tag == all[i - 1].tag && all[i].number != all[i - 1].number) {
			numbers[0] = all[i - 1].number;
			numbers[1] = all[i].number;
		}
	mem_free(all);
	assert_int_not_equal(numbers[0], numbers[1]);
}

static void numbers_of_equal_hash_stay_apart(void **state)
{
	struct world *w = *state;
	struct event ev = {.kind = EVENT_CGROUP, .cgroup = {.path = "/web1"}};
	uint32_t of[2];

	numbers_of_equal_hash(1, of);
	mmap_at(w, of[0], 5, 0x400000, "/bin/a");
	assert_string_equal(path_at(w, of[1], 0x400000, 9), "");
	mmap_at(w, of[1], 5, 0x400000, "/bin/b");
	assert_string_equal(path_at(w, of[0], 0x400000, 9), "/bin/a");
	assert_string_equal(path_at(w, of[1], 0x400000, 9), "/bin/b");
	numbers_of_equal_hash(2, of);
	comm(w, of[0], of[0], 5, "a", false);
	assert_string_equal(comm_at(w, of[1], of[1], 9), "");
	comm(w, of[1], of[1], 5, "b", false);
	assert_string_equal(comm_at(w, of[0], of[0], 9), "a");
	assert_string_equal(comm_at(w, of[1], of[1], 9), "b");
	numbers_of_equal_hash(3, of);
	ev.cgroup.id = of[0];
	process_apply(&w->t, &ev);
	assert_int_equal(process_cgroup(&w->t, of[1]), 0);
	ev.cgroup.id = of[1];
	ev.cgroup.path = "/web2";
	process_apply(&w->t, &ev);
	assert_string_equal(strtab_str(&w->strings, process_cgroup(&w->t, of[0])),
			    "/web1");
	assert_string_equal(strtab_str(&w->strings, process_cgroup(&w->t, of[1])),
			    "/web2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_world(real_forks_without_time_inherit_maps),
		in_world(a_fork_takes_the_name_of_its_thread),
		in_world(forks_share_the_last_space),
		in_world(late_mappings_belong_to_the_last_space),
		in_world(threads_act_for_their_process),
		in_world(later_mappings_of_the_parent_are_its_own),
		in_world(a_new_thread_takes_the_name_of_its_maker),
		in_world(an_exec_ends_the_view_of_other_threads),
		in_world(numbers_of_equal_hash_stay_apart),
		in_world(a_mapping_keeps_the_identity_of_its_file),
		in_world(mappings_begin_at_their_time),
		in_world(a_cgroup_keeps_its_first_path),
		in_world(a_view_is_of_one_process_and_one_thread),
		in_world(changes_of_the_kernel_end_a_view),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
