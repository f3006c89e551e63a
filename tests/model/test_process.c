#include "tests/model/process_world.h"

#include <stdio.h>

static void a_mapping_belongs_to_its_process(void **state)
{
	struct world *w = *state;
	const struct mapping *m;

	mmap_at(w, 10, 5, 0x400000, "/bin/a");
	mmap_at(w, 11, 5, 0x400000, "/bin/b");
	assert_string_equal(path_at(w, 10, 0x400800, 9), "/bin/a");
	assert_string_equal(path_at(w, 11, 0x400800, 9), "/bin/b");
	assert_string_equal(path_at(w, 12, 0x400800, 9), "");
	assert_int_equal(process_space(&w->t, 12, 9), SPACE_NONE);
	m = space_find(&w->t.spaces, process_space(&w->t, 10, 9), 0x400800, 9);
	assert_int_equal(m->start, 0x400000);
	assert_int_equal(m->end, 0x401000);
	assert_int_equal(m->file_off, 0x2000);
}

static void only_code_is_remembered(void **state)
{
	struct world *w = *state;

	process_apply(&w->t, &(struct event){.kind = EVENT_MMAP,
					     .pid = 10,
					     .time = 5,
					     .mmap = {.addr = 0x400000,
						      .len = 0x1000,
						      .path = "/data"}});
	assert_string_equal(path_at(w, 10, 0x400800, 9), "");
}

static void exec_clears(void **state)
{
	struct world *w = *state;

	mmap_at(w, 10, 5, 0x400000, "/bin/sh");
	mmap_at(w, 10, 5, 0x500000, "/lib/libc.so");
	comm(w, 10, 10, 20, "ls", true);
	mmap_at(w, 10, 21, 0x400000, "/bin/ls");
	assert_string_equal(path_at(w, 10, 0x400000, 19), "/bin/sh");
	assert_string_equal(path_at(w, 10, 0x400000, 22), "/bin/ls");
	assert_string_equal(path_at(w, 10, 0x500000, 19), "/lib/libc.so");
	assert_string_equal(path_at(w, 10, 0x500000, 22), "");
}

static void a_mere_name_clears_nothing(void **state)
{
	struct world *w = *state;

	mmap_at(w, 10, 5, 0x400000, "/bin/nginx");
	comm(w, 10, 10, 20, "nginx: worker", false);
	assert_string_equal(path_at(w, 10, 0x400000, 30), "/bin/nginx");
	assert_string_equal(comm_at(w, 10, 10, 30), "nginx: worker");
}

static void fork_shares_and_then_parts(void **state)
{
	struct world *w = *state;

	mmap_at(w, 10, 5, 0x400000, "/bin/sh");
	fork_at(w, 10, 11, 11, 10);
	mmap_at(w, 10, 15, 0x600000, "/lib/parent.so");
	mmap_at(w, 11, 15, 0x600000, "/lib/child.so");
	assert_string_equal(path_at(w, 11, 0x400000, 20), "/bin/sh");
	assert_string_equal(path_at(w, 10, 0x600000, 20), "/lib/parent.so");
	assert_string_equal(path_at(w, 11, 0x600000, 20), "/lib/child.so");
	comm(w, 11, 11, 30, "ls", true);
	assert_string_equal(path_at(w, 11, 0x400000, 40), "");
	assert_string_equal(path_at(w, 10, 0x400000, 40), "/bin/sh");
}

static void a_thread_shares_all(void **state)
{
	struct world *w = *state;

	mmap_at(w, 10, 5, 0x400000, "/bin/php");
	comm(w, 10, 10, 5, "php", false);
	fork_at(w, 10, 10, 12, 10);
	assert_int_equal(process_space(&w->t, 10, 20), process_space(&w->t, 10, 5));
	mmap_at(w, 10, 15, 0x600000, "/lib/later.so");
	assert_string_equal(path_at(w, 10, 0x600000, 20), "/lib/later.so");
	assert_string_equal(comm_at(w, 10, 12, 20), "php");
	comm(w, 10, 12, 25, "php-gc", false);
	assert_string_equal(comm_at(w, 10, 12, 26), "php-gc");
	assert_string_equal(comm_at(w, 10, 10, 26), "php");
}

/* A recorder that writes records of earlier processes writes the maps of each as well. */
static void a_synthesized_fork_passes_no_maps(void **state)
{
	struct world *w = *state;
	struct event ev = {
		.kind = EVENT_FORK,
		.pid = 11,
		.tid = 11,
		.fork = {.parent_pid = 10, .parent_tid = 10, .is_synthesized = true}};

	mmap_at(w, 10, EVENT_NO_TIME, 0x400000, "/bin/sh");
	process_apply(&w->t, &ev);
	mmap_at(w, 11, EVENT_NO_TIME, 0x500000, "/bin/ls");
	assert_string_equal(path_at(w, 11, 0x400000, 20), "");
	assert_string_equal(path_at(w, 11, 0x500000, 20), "/bin/ls");
}

static void names_change_with_time(void **state)
{
	struct world *w = *state;

	comm(w, 10, 10, 100, "sh", false);
	comm(w, 10, 10, 200, "ls", true);
	fork_at(w, 10, 11, 11, 250);
	comm(w, 10, 10, 300, "cat", true);
	assert_string_equal(comm_at(w, 10, 10, 150), "sh");
	assert_string_equal(comm_at(w, 10, 10, 200), "ls");
	assert_string_equal(comm_at(w, 10, 10, 299), "ls");
	assert_string_equal(comm_at(w, 10, 10, 999), "cat");
	/* Before the first one it is known by the first one. */
	assert_string_equal(comm_at(w, 10, 10, 50), "sh");
	/* A child starts with its parent's name of that time. */
	assert_string_equal(comm_at(w, 11, 11, 999), "ls");
	/* An unknown thread has its process's name, an unknown process none. */
	assert_string_equal(comm_at(w, 10, 77, 150), "sh");
	assert_string_equal(comm_at(w, 78, 78, 150), "");
}

static void a_pid_may_be_used_again(void **state)
{
	struct world *w = *state;

	mmap_at(w, 10, 5, 0x400000, "/bin/sh");
	comm(w, 10, 10, 5, "sh", false);
	fork_at(w, 10, 11, 11, 10);
	comm(w, 11, 11, 20, "ls", true);
	mmap_at(w, 11, 21, 0x700000, "/bin/ls");
	process_apply(
		&w->t,
		&(struct event){.kind = EVENT_EXIT, .pid = 11, .tid = 11, .time = 30});
	fork_at(w, 10, 11, 11, 40);
	assert_string_equal(path_at(w, 11, 0x700000, 25), "/bin/ls");
	assert_string_equal(path_at(w, 11, 0x700000, 45), "");
	assert_string_equal(path_at(w, 11, 0x400000, 45), "/bin/sh");
	assert_string_equal(comm_at(w, 11, 11, 25), "ls");
	assert_string_equal(comm_at(w, 11, 11, 45), "sh");
}

static void the_idle_task_has_a_name(void **state)
{
	struct world *w = *state;

	assert_string_equal(comm_at(w, 0, 0, 5), "swapper");
	assert_string_equal(comm_at(w, 0, 0, 0), "swapper");
}

static void the_kernel_is_one_for_all(void **state)
{
	struct world *w = *state;
	struct event map = {.kind = EVENT_MMAP,
			    .pid = UINT32_MAX,
			    .mmap = {.addr = 0xffffffff81000000,
				     .len = 0x1000000,
				     .path = "[kernel.kallsyms]_text",
				     .is_kernel = true,
				     .is_exec = true}};
	struct event bpf = {.kind = EVENT_KSYMBOL,
			    .time = 50,
			    .ksymbol = {.addr = 0xffffffffc0021994,
					.len = 19,
					.is_bpf = true,
					.name = "bpf_prog_62efe59b7d4f5ea1"}};
	const struct mapping *m;

	process_apply(&w->t, &map);
	process_apply(&w->t, &bpf);
	m = space_find(&w->t.spaces, w->t.kernel, 0xffffffff81000010, 5);
	assert_non_null(m);
	assert_int_equal(dso_at(&w->dsos, m->dso)->kind, DSO_KERNEL);
	m = space_find(&w->t.spaces, w->t.kernel, 0xffffffffc0021994 + 18, 60);
	assert_non_null(m);
	assert_int_equal(dso_at(&w->dsos, m->dso)->kind, DSO_BPF);
	assert_null(space_find(&w->t.spaces, w->t.kernel, 0xffffffffc0021994 + 19, 60));
	/* It goes, but the samples of its time still need it. */
	bpf.time = 70;
	bpf.ksymbol.is_gone = true;
	process_apply(&w->t, &bpf);
	assert_non_null(space_find(&w->t.spaces, w->t.kernel, 0xffffffffc0021994, 60));
	assert_int_equal(process_space(&w->t, UINT32_MAX, 5), SPACE_NONE);
	/* The end of a BPF program without a record of its beginning. */
	bpf.ksymbol.addr += 0x1000;
	process_apply(&w->t, &bpf);
	assert_null(space_find(&w->t.spaces, w->t.kernel, bpf.ksymbol.addr, 60));
}

static void cgroups_have_paths(void **state)
{
	struct world *w = *state;
	struct event ev = {.kind = EVENT_CGROUP, .cgroup = {.id = 841, .path = "/web1"}};

	process_apply(&w->t, &ev);
	ev.cgroup.id = 842;
	ev.cgroup.path = "/web2";
	process_apply(&w->t, &ev);
	assert_string_equal(strtab_str(&w->strings, process_cgroup(&w->t, 841)), "/web1");
	assert_string_equal(strtab_str(&w->strings, process_cgroup(&w->t, 842)), "/web2");
	assert_int_equal(process_cgroup(&w->t, 843), 0);
}

static void thousands_of_processes(void **state)
{
	enum { N = 20000 };
	struct world *w = *state;
	char name[16];

	mmap_at(w, 1, 1, 0x400000, "/bin/sh");
	for (uint32_t i = 0; i < N; i++) {
		snprintf(name, sizeof(name), "job%u", i);
		fork_at(w, 1, 1000 + i, 1000 + i, 10 + 2 * i);
		comm(w, 1000 + i, 1000 + i, 11 + 2 * i, name, i % 2);
	}
	for (uint32_t i = 0; i < N; i++) {
		snprintf(name, sizeof(name), "job%u", i);
		assert_string_equal(comm_at(w, 1000 + i, 1000 + i, 100000), name);
		assert_string_equal(path_at(w, 1000 + i, 0x400000, 100000),
				    i % 2 ? "" : "/bin/sh");
	}
}

/* Between two changes nothing changes, and at each something does. */
static void a_view_holds_as_long_as_it_says(void **state)
{
	struct world *w = *state;
	uint64_t changes[] = {0, 10, 20, 30, 40};

	comm(w, 1, 1, 5, "one", false);
	comm(w, 1, 1, 10, "two", false);
	mmap_at(w, 1, 15, 0x400000, "/bin/a");
	comm(w, 1, 1, 20, "three", true);
	mmap_at(w, 1, 25, 0x400000, "/bin/b");
	mmap_at(w, 1, 30, 0x400000, "/bin/c");
	comm(w, 1, 1, 40, "four", false);
	for (size_t i = 0; i < array_size(changes); i++) {
		uint64_t until =
			i + 1 < array_size(changes) ? changes[i + 1] : UINT64_MAX;
		struct task_view v = process_view(&w->t, 1, 1, changes[i] + 5);

		assert_int_equal(v.from, changes[i]);
		assert_int_equal(v.until, until);
		assert_int_equal(v.space, process_space(&w->t, 1, changes[i] + 5));
		assert_int_equal(v.comm, process_comm(&w->t, 1, 1, changes[i] + 5));
		for (size_t k = 0; k < i; k++) {
			struct task_view u = process_view(&w->t, 1, 1, changes[k] + 5);

			assert_true(u.comm != v.comm || u.space != v.space ||
				    u.epoch != v.epoch);
		}
	}
	assert_int_equal(process_view(&w->t, 99, 99, 5).space, SPACE_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_world(a_mapping_belongs_to_its_process),
		in_world(only_code_is_remembered),
		in_world(exec_clears),
		in_world(a_mere_name_clears_nothing),
		in_world(fork_shares_and_then_parts),
		in_world(a_thread_shares_all),
		in_world(a_synthesized_fork_passes_no_maps),
		in_world(names_change_with_time),
		in_world(a_pid_may_be_used_again),
		in_world(the_idle_task_has_a_name),
		in_world(the_kernel_is_one_for_all),
		in_world(cgroups_have_paths),
		in_world(thousands_of_processes),
		in_world(a_view_holds_as_long_as_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
