#include "record/synth.h"

#include "base/scoped.h"
#include "record/proc_file.h"
#include "tests/files.h"
#include "tests/test.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define COMM	    "a) b (c\nd"
#define THREAD_COMM "thr\\ead)"

/* The events of one process. */
struct found {
	uint32_t pid, tid; /* wanted */
	uint64_t addr;
	bool forked, thread_forked, thread_named;
	char comm[32];
	struct event_mmap mmap; /* that holds 'addr' */
	char path[4096];
	uint64_t kernel_start, kernel_end;
	size_t kernels, others, processes, cgroups;
	bool this_cgroup;
};

static void note_mmap(struct found *f, const struct event *ev)
{
	const struct event_mmap *m = &ev->mmap;

	assert_true(m->is_exec && m->len > 0);
	if (m->is_kernel) {
		assert_int_equal(ev->pid, UINT32_MAX);
		if (strncmp(m->path, "[kernel.kallsyms]_", 18) != 0)
			return;
		f->kernels++;
		f->kernel_start = m->addr;
		f->kernel_end = m->addr + m->len;
	} else if (ev->pid == f->pid && f->addr - m->addr < m->len) {
		f->mmap = *m;
		snprintf(f->path, sizeof(f->path), "%s", m->path);
	}
}

static void note_event(struct found *f, const struct event *ev)
{
	assert_int_equal(ev->time, EVENT_NO_TIME);
	if (ev->kind == EVENT_MMAP)
		note_mmap(f, ev);
	if (ev->kind == EVENT_CGROUP)
		f->cgroups++;
	if (ev->kind != EVENT_FORK && ev->kind != EVENT_COMM)
		return;
	if (ev->pid != f->pid) {
		f->others++;
		return;
	}
	if (ev->kind == EVENT_FORK) {
		assert_true(ev->fork.is_synthesized);
		f->forked |=
			ev->tid == f->pid && ev->fork.parent_pid == (uint32_t)getppid();
		f->thread_forked |= ev->tid == f->tid && ev->fork.parent_pid == f->pid;
	} else if (ev->tid == f->pid) {
		snprintf(f->comm, sizeof(f->comm), "%s", ev->comm.comm);
	} else if (ev->tid == f->tid) {
		f->thread_named = !strcmp(ev->comm.comm, THREAD_COMM);
	}
}

static void walk(const struct target *target, struct found *f)
{
	struct error err;
	scoped(synth_free) struct synth *s = synth_open(target, false, &err);
	struct event ev;
	int got;

	assert_non_null(s);
	while ((got = synth_next(s, &ev)) > 0)
		note_event(f, &ev);
	assert_int_equal(got, 0);
	assert_int_equal(synth_next(s, &ev), 0);
}

struct gate {
	int told[2], go[2];
};

static void *named_thread(void *arg)
{
	struct gate *gate = arg;
	pid_t tid = (pid_t)syscall(SYS_gettid);
	char byte;

	prctl(PR_SET_NAME, THREAD_COMM);
	if (write(gate->told[1], &tid, sizeof(tid)) < 0 ||
	    read(gate->go[0], &byte, 1) < 0)
		return arg;
	return NULL;
}

static void check_self(const struct found *f)
{
	struct stat st;
	char exe[4096] = "";

	assert_true(f->forked && f->thread_forked && f->thread_named);
	assert_string_equal(f->comm, COMM);
	assert_true(readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0);
	assert_string_equal(f->path, exe);
	assert_int_equal(stat(exe, &st), 0);
	assert_int_equal(f->mmap.inode, st.st_ino);
	assert_int_equal(f->mmap.major, major(st.st_dev));
	assert_int_equal(f->mmap.minor, minor(st.st_dev));
}

static void finds_this_process(void **state)
{
	struct found f = {.pid = (uint32_t)getpid(),
			  .addr = (uintptr_t)finds_this_process};
	struct target all = {.whole_machine = true}, self = {0};
	struct gate gate;
	char before[16];
	pthread_t thread;
	pid_t tid;

	(void)state;
	assert_int_equal(pipe(gate.told) | pipe(gate.go), 0);
	prctl(PR_GET_NAME, before);
	prctl(PR_SET_NAME, COMM);
	assert_int_equal(pthread_create(&thread, NULL, named_thread, &gate), 0);
	assert_int_equal(read(gate.told[0], &tid, sizeof(tid)), sizeof(tid));
	f.tid = (uint32_t)tid;

	walk(&all, &f);
	check_self(&f);
	assert_true(f.others > 2);

	f = (struct found){.pid = f.pid, .tid = f.tid, .addr = f.addr};
	vec_push(&self.pids, f.pid);
	walk(&self, &f);
	check_self(&f);
	assert_int_equal(f.others, 0);

	target_release(&self);
	close(gate.go[1]);
	pthread_join(thread, NULL);
	prctl(PR_SET_NAME, before);
	close(gate.go[0]);
	close(gate.told[0]);
	close(gate.told[1]);
}

/* A file of an unpleasant name, deleted while it is mapped. */
static void names_may_be_hostile(void **state)
{
	char folder[64], path[512];
	struct found f = {.pid = (uint32_t)getpid()};
	struct target self = {0};
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *at;
	int fd;

	(void)state;
	temp_path(path, temp_dir_make(folder), "x y\n00-ff r-xp (deleted)");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0755);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)(2 * size)), 0);
	at = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, (off_t)size);
	close(fd);
	vec_push(&self.pids, f.pid);
	f.addr = (uintptr_t)at;
	if (at != MAP_FAILED) {
		walk(&self, &f);
		assert_string_equal(f.path, path);
		assert_int_equal(f.mmap.file_off, size);
		assert_int_equal(f.mmap.len, size);
		assert_int_equal(f.mmap.build_id.size, 0);
	}
	temp_dir_remove(folder);
	if (at == MAP_FAILED) /* /tmp is mounted noexec */
		skip();
	walk(&self, &f);
	strcat(path, " (deleted)");
	assert_string_equal(f.path, path);
	munmap(at, size);
	target_release(&self);
}

static void anonymous_code_has_a_name(void **state)
{
	struct found f = {.pid = (uint32_t)getpid()};
	struct target self = {0};
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *at = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);

	(void)state;
	assert_ptr_not_equal(at, MAP_FAILED);
	vec_push(&self.pids, f.pid);
	f.addr = (uintptr_t)at;
	walk(&self, &f);
	assert_string_equal(f.path, "//anon");
	assert_int_equal(f.mmap.len, size);
	munmap(at, size);
	target_release(&self);
}

static void the_dead_are_no_error(void **state)
{
	struct target target = {0};
	struct found f = {0};
	pid_t zombie = fork();

	(void)state;
	if (zombie == 0)
		_exit(0);
	waitid(P_PID, (id_t)zombie, &(siginfo_t){0}, WEXITED | WNOWAIT);
	f.pid = (uint32_t)zombie;
	vec_push(&target.pids, f.pid);
	vec_push(&target.pids, 0x7ffffff0);
	walk(&target, &f);
	assert_int_equal(f.others, 0);
	assert_int_equal(f.mmap.len, 0);
	waitpid(zombie, NULL, 0);
	f.comm[0] = '\0';
	walk(&target, &f);
	assert_string_equal(f.comm, "");
	target_release(&target);
}

static void finds_the_kernel(void **state)
{
	struct target self = {0};
	struct found f = {0};
	uint64_t text = 0, etext = 0;
	struct proc_lines lines;
	const char *line;

	(void)state;
	assert_true(proc_lines_open(&lines, "/proc/kallsyms"));
	while (!etext && (line = proc_lines_next(&lines))) {
		if (strstr(line, " T _text"))
			text = strtoull(line, NULL, 16);
		if (strstr(line, " T _etext"))
			etext = strtoull(line, NULL, 16);
	}
	proc_lines_close(&lines);
	walk(&self, &f);
	assert_int_equal(f.kernels, text != 0);
	assert_int_equal(f.kernel_start, text);
	assert_int_equal(f.kernel_end, etext);
}

/* Lines around the size of the buffer: whole, or left out, never cut. */
static void long_lines_are_left_out(void **state)
{
	char folder[64], name[512];
	struct proc_lines lines;
	FILE *file = fopen(temp_path(name, temp_dir_make(folder), "lines"), "w");

	(void)state;
	assert_non_null(file);
	for (int len = PROC_LINE_MAX - 3; len <= PROC_LINE_MAX + 1; len++)
		fprintf(file, "%0*d\n%d\n", len, 1, len);
	fprintf(file, "%0*d\nlast", 3 * PROC_LINE_MAX, 1);
	fclose(file);

	assert_true(proc_lines_open(&lines, name));
	for (int len = PROC_LINE_MAX - 3; len <= PROC_LINE_MAX + 1; len++) {
		const char *line = proc_lines_next(&lines);

		assert_non_null(line);
		if (len < PROC_LINE_MAX - 1) {
			assert_int_equal(strlen(line), len);
			line = proc_lines_next(&lines);
			assert_non_null(line);
		}
		assert_int_equal(atoi(line), len);
	}
	assert_string_equal(proc_lines_next(&lines), "last");
	assert_null(proc_lines_next(&lines));
	proc_lines_close(&lines);
	temp_dir_remove(folder);
}

static void opens_only_files(void **state)
{
	char folder[64], path[512];

	(void)state;
	temp_path(path, temp_dir_make(folder), "fifo");
	assert_int_equal(mkfifo(path, 0644), 0);
	assert_int_equal(proc_open(path), -1);
	assert_int_equal(proc_open(folder), -1);
	assert_int_equal(proc_open("/dev/null"), -1);
	temp_dir_remove(folder);
}

/* Constants of this program, which its file holds where it is mapped as data. */
static void data_is_told_if_wanted(void **state)
{
	static const char constants[4096] = "constants";
	const struct target target = {.whole_machine = true};
	uint64_t addr = (uintptr_t)constants;
	size_t found[2] = {0};

	(void)state;
	for (size_t with_data = 0; with_data < 2; with_data++) {
		struct error err;
		scoped(synth_free) struct synth *s = synth_open(&target, with_data, &err);
		struct event ev;

		assert_non_null(s);
		while (synth_next(s, &ev) > 0)
			if (ev.kind == EVENT_MMAP && !ev.mmap.is_exec) {
				assert_true(ev.mmap.inode > 0);
				found[with_data] += ev.pid == (uint32_t)getpid() &&
						    addr - ev.mmap.addr < ev.mmap.len;
			}
	}
	assert_int_equal(found[0], 0);
	assert_int_equal(found[1], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_this_process),
		cmocka_unit_test(names_may_be_hostile),
		cmocka_unit_test(anonymous_code_has_a_name),
		cmocka_unit_test(the_dead_are_no_error),
		cmocka_unit_test(finds_the_kernel),
		cmocka_unit_test(long_lines_are_left_out),
		cmocka_unit_test(data_is_told_if_wanted),
		cmocka_unit_test(opens_only_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
