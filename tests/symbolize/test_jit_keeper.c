#include "base/mem.h"
#include "base/scoped.h"
#include "symbolize/jit_keeper.h"
#include "symbolize/jit_process.h"
#include "tests/files.h"
#include "tests/test.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A process in a root of its own, where its map goes. */
struct child {
	char dir[64];
	char map[512];
	pid_t pid;
	uint64_t time; /* a time at which it was there */
};

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static pid_t start(const char *dir)
{
	int ready[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (chroot(dir) < 0 || write(ready[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void stop(struct child *c)
{
	if (c->pid)
		kill(c->pid, SIGKILL);
	if (c->pid)
		waitpid(c->pid, NULL, 0);
	c->pid = 0;
}

static int set_up(void **state)
{
	struct child *c = mem_new(1, sizeof(*c));
	char path[512];

	*state = c;
	temp_dir_make(c->dir);
	if (geteuid() != 0)
		return 0;
	assert_int_equal(mkdir(temp_path(path, c->dir, "tmp"), 0777), 0);
	c->pid = start(c->dir);
	c->time = now();
	snprintf(c->map, sizeof(c->map), "%s/tmp/perf-%d.map", c->dir, c->pid);
	return 0;
}

static int tear_down(void **state)
{
	struct child *c = *state;

	stop(c);
	temp_dir_remove(c->dir);
	mem_free(c);
	return 0;
}

static struct event mapped(const struct child *c, uint64_t time, const char *path)
{
	return (struct event){
		.kind = EVENT_MMAP,
		.pid = (uint32_t)c->pid,
		.tid = (uint32_t)c->pid,
		.time = time,
		.mmap = {.addr = 0x1000, .len = 0x1000, .path = path, .is_exec = true}};
}

static void saw_code(struct jit_keeper *k, const struct child *c)
{
	const struct event ev = mapped(c, c->time, "//anon");

	jit_keeper_saw(k, &ev);
}

static void write_map(const struct child *c)
{
	file_write(c->map, "1000 10 f\n", 10);
}

/* How many bytes of a map there are to be read, -1: there is none. */
static int map_size(struct jit_keeper *k, uint32_t pid, uint64_t time)
{
	jit_image image = jit_keeper_find(k, pid, time);
	char text[64];
	ssize_t n = -1;
	int fd;

	if (image == JIT_NONE)
		return -1;
	fd = jit_keeper_map(k, image);
	if (fd >= 0) {
		assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
		n = pread(fd, text, sizeof(text), 0);
		close(fd);
	}
	return (int)n;
}

#define needs_root()                                                                     \
	do {                                                                             \
		if (geteuid() != 0)                                                      \
			skip();                                                          \
	} while (0)

static void test_map_outlives_its_process(void **state)
{
	scoped(jit_keeper_free) struct jit_keeper *k = jit_keeper_new(true, NULL);
	struct child *c = *state;
	uint32_t pid = (uint32_t)c->pid;

	needs_root();
	write_map(c);
	saw_code(k, c);
	saw_code(k, c);
	stop(c);
	unlink(c->map);
	assert_int_equal(map_size(k, pid, c->time), 10);
	assert_int_equal(map_size(k, pid, c->time), 10);
	assert_int_equal(map_size(k, pid, UINT64_MAX), 10);
	assert_int_equal(map_size(k, pid + 1, c->time), -1);
}

static void test_map_comes_late(void **state)
{
	scoped(jit_keeper_free) struct jit_keeper *k = jit_keeper_new(true, NULL);
	struct child *c = *state;
	struct event ev = {.kind = EVENT_EXIT, .pid = (uint32_t)c->pid, .time = c->time};
	uint32_t pid = (uint32_t)c->pid;

	needs_root();
	saw_code(k, c);
	assert_int_equal(map_size(k, pid, c->time), -1);
	write_map(c);
	/* One of its threads. */
	ev.tid = ev.pid + 1;
	jit_keeper_saw(k, &ev);
	ev.tid = ev.pid;
	jit_keeper_saw(k, &ev);
	stop(c);
	unlink(c->map);
	assert_int_equal(map_size(k, pid, c->time), 10);
}

static void test_map_of_the_living_is_found_at_the_end(void **state)
{
	scoped(jit_keeper_free) struct jit_keeper *k = jit_keeper_new(true, NULL);
	const struct child *c = *state;

	needs_root();
	saw_code(k, c);
	write_map(c);
	assert_int_equal(map_size(k, (uint32_t)c->pid, c->time), 10);
}

/* Without JIT code no process is read. */
static void test_only_who_makes_code(void **state)
{
	static const char *const paths[] = {"/usr/bin/x", "[vdso]", "[vsyscall]",
					    "/tmp/jit-5.dump.old"};
	scoped(jit_keeper_free) struct jit_keeper *k = jit_keeper_new(true, NULL);
	const struct child *c = *state;
	struct event ev;

	needs_root();
	write_map(c);
	for (size_t i = 0; i < array_size(paths); i++) {
		ev = mapped(c, c->time, paths[i]);
		jit_keeper_saw(k, &ev);
	}
	ev = mapped(c, c->time, "//anon");
	ev.mmap.is_exec = false;
	jit_keeper_saw(k, &ev);
	assert_int_equal(jit_keeper_find(k, ev.pid, UINT64_MAX), JIT_NONE);
	ev = mapped(c, c->time, "/memfd:doublemapper (deleted)");
	jit_keeper_saw(k, &ev);
	assert_int_equal(map_size(k, ev.pid, c->time), 10);
}

/* Without a live process nothing proves that a map belongs to it. */
static void test_not_live(void **state)
{
	scoped(jit_keeper_free) struct jit_keeper *k = jit_keeper_new(false, NULL);
	const struct child *c = *state;

	needs_root();
	write_map(c);
	saw_code(k, c);
	assert_int_equal(map_size(k, (uint32_t)c->pid, c->time), -1);
}

static void make_old(const char *path)
{
	const struct timespec times[2] = {{.tv_sec = time(NULL) - 5000},
					  {.tv_sec = time(NULL) - 5000}};

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* In a container the same pid comes again and again, and /tmp may stay. */
static void test_map_of_an_earlier_process(void **state)
{
	scoped(jit_keeper_free) struct jit_keeper *k = jit_keeper_new(true, NULL);
	const struct child *c = *state;
	uint32_t pid = (uint32_t)c->pid;

	needs_root();
	write_map(c);
	make_old(c->map);
	saw_code(k, c);
	assert_int_equal(map_size(k, pid, c->time), -1);
	unlink(c->map);
	file_write(c->map, "2000 20 other\n", 14);
	assert_int_equal(map_size(k, pid, c->time), 14);
}

static void test_not_its_own(void **state)
{
	scoped(jit_keeper_free) struct jit_keeper *k = jit_keeper_new(true, NULL);
	const struct child *c = *state;

	needs_root();
	write_map(c);
	assert_int_equal(chown(c->map, 12345, 12345), 0);
	saw_code(k, c);
	assert_int_equal(map_size(k, (uint32_t)c->pid, c->time), -1);
}

/* Files of other kinds give an answer, at once. */
static void test_no_file(void **state)
{
	scoped(jit_keeper_free) struct jit_keeper *k = jit_keeper_new(true, NULL);
	const struct child *c = *state;
	uint32_t pid = (uint32_t)c->pid;
	char other[512];

	needs_root();
	saw_code(k, c);
	assert_int_equal(mkfifo(c->map, 0666), 0);
	assert_int_equal(map_size(k, pid, c->time), -1);
	unlink(c->map);
	assert_int_equal(mkdir(c->map, 0777), 0);
	assert_int_equal(map_size(k, pid, c->time), -1);
	rmdir(c->map);
	assert_int_equal(mknod(c->map, S_IFCHR | 0666, makedev(1, 5)), 0);
	assert_int_equal(map_size(k, pid, c->time), -1);
	unlink(c->map);
	file_write(temp_path(other, c->dir, "other"), "1000 10 f\n", 10);
	assert_int_equal(symlink("../other", c->map), 0);
	assert_int_equal(map_size(k, pid, c->time), -1);
}

/* The pid is another process's by now. */
static void test_pid_comes_again(void **state)
{
	scoped(jit_keeper_free) struct jit_keeper *k = jit_keeper_new(true, NULL);
	const struct child *c = *state;
	struct event ev = mapped(c, c->time - 5000000000, "//anon");

	needs_root();
	write_map(c);
	jit_keeper_saw(k, &ev);
	assert_int_equal(map_size(k, ev.pid, UINT64_MAX), -1);
}

static struct event fork_of(uint32_t pid, uint32_t parent, uint64_t time)
{
	return (struct event){.kind = EVENT_FORK,
			      .pid = pid,
			      .tid = pid,
			      .time = time,
			      .fork = {parent, parent, false}};
}

/* A fork has its parent's code until its next exec. */
static void test_fork_and_exec(void **state)
{
	scoped(jit_keeper_free) struct jit_keeper *k = jit_keeper_new(true, NULL);
	const struct child *c = *state;
	uint32_t pid = (uint32_t)c->pid, other = pid + 100000;
	struct event ev = fork_of(other, pid, c->time + 10);
	jit_image parent, first, second;

	needs_root();
	write_map(c);
	saw_code(k, c);
	for (int twice = 0; twice < 2; twice++) {
		ev = fork_of(other, pid, c->time + 10);
		jit_keeper_saw(k, &ev);
		ev = (struct event){.kind = EVENT_COMM,
				    .pid = other,
				    .tid = other,
				    .time = c->time + 20,
				    .comm = {"x", true}};
		jit_keeper_saw(k, &ev);
	}
	parent = jit_keeper_find(k, pid, c->time);
	first = jit_keeper_find(k, other, c->time + 19);
	second = jit_keeper_find(k, other, c->time + 20);
	assert_int_equal(jit_keeper_find(k, other, c->time + 9), JIT_NONE);
	assert_int_equal(jit_keeper_parent(k, first), parent);
	assert_true(second != first && second != JIT_NONE);
	assert_int_equal(jit_keeper_parent(k, second), JIT_NONE);
	/* Of others nothing is kept in mind. */
	ev = fork_of(other + 1, other + 2, c->time);
	jit_keeper_saw(k, &ev);
	assert_int_equal(jit_keeper_find(k, other + 1, UINT64_MAX), JIT_NONE);
}

/* Forked before anybody looked: its memory lies where its parent's does. */
static void test_fork_from_before(void **state)
{
	scoped(jit_keeper_free) struct jit_keeper *k = jit_keeper_new(true, NULL);
	struct child *c = *state, own = {.pid = getpid()};
	struct jit_process parent, child;
	jit_image image;

	needs_root();
	assert_true(jit_process_read(&parent, (uint32_t)own.pid));
	assert_true(jit_process_read(&child, (uint32_t)c->pid));
	assert_int_equal(child.parent, own.pid);
	assert_int_equal(child.inner, c->pid);
	assert_true(jit_process_is_fork(&child, &parent));
	assert_false(jit_process_is_fork(&parent, &child));
	saw_code(k, c);
	image = jit_keeper_find(k, (uint32_t)c->pid, c->time);
	assert_int_equal(jit_keeper_parent(k, image),
			 jit_keeper_find(k, (uint32_t)own.pid, c->time));
	assert_true(jit_keeper_parent(k, image) != JIT_NONE);
}

static void saw_dump(struct jit_keeper *k, const struct child *c, const char *path,
		     uint64_t inode)
{
	struct event ev = mapped(c, c->time, path);
	struct stat st;

	assert_int_equal(stat(c->map, &st), 0);
	ev.mmap.major = major(st.st_dev);
	ev.mmap.minor = minor(st.st_dev);
	ev.mmap.inode = inode ? inode : st.st_ino;
	jit_keeper_saw(k, &ev);
}

/* A dump is known by its inode, whatever its path has become. */
static void test_dump(void **state)
{
	struct child *c = *state;
	uint32_t pid = (uint32_t)c->pid;

	needs_root();
	snprintf(c->map, sizeof(c->map), "%s/jit-7.dump", c->dir);
	write_map(c);
	for (int good = 0; good < 2; good++) {
		scoped(jit_keeper_free) struct jit_keeper *k = jit_keeper_new(true, NULL);
		jit_image image;
		char text[64];
		int fd;

		saw_dump(k, c, "/jit-7.dump", good ? 0 : 1);
		saw_dump(k, c, "/jit-7.dump", good ? 0 : 1);
		if (good) {
			stop(c);
			unlink(c->map);
		}
		image = jit_keeper_find(k, pid, c->time);
		fd = jit_keeper_dump(k, image);
		assert_int_equal(fd >= 0, good);
		if (fd >= 0)
			assert_int_equal(read(fd, text, sizeof(text)), 10);
		if (fd >= 0)
			close(fd);
	}
}

struct work {
	struct jit_keeper *keeper;
	const struct child *child;
	int found;
};

static void *see_much(void *work)
{
	struct work *w = work;

	for (uint32_t i = 0; i < 2000; i++) {
		struct event ev =
			fork_of(100000 + i, (uint32_t)w->child->pid, w->child->time + i);

		saw_code(w->keeper, w->child);
		jit_keeper_saw(w->keeper, &ev);
	}
	return NULL;
}

static void *ask_much(void *work)
{
	struct work *w = work;

	for (int i = 0; i < 200; i++)
		w->found += map_size(w->keeper, (uint32_t)w->child->pid, UINT64_MAX) > 0;
	return NULL;
}

static void test_two_threads(void **state)
{
	scoped(jit_keeper_free) struct jit_keeper *k = jit_keeper_new(true, NULL);
	struct work work = {k, *state, 0};
	pthread_t threads[2];

	needs_root();
	write_map(work.child);
	saw_code(k, work.child);
	assert_int_equal(pthread_create(&threads[0], NULL, see_much, &work), 0);
	assert_int_equal(pthread_create(&threads[1], NULL, ask_much, &work), 0);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	assert_int_equal(work.found, 200);
	assert_true(jit_keeper_find(k, 101999, UINT64_MAX) != JIT_NONE);
}

#define with_child(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static void test_a_map_is_let_go_after_its_process(void **state)
{
	struct child *c = *state;
	struct jit_keeper *k = jit_keeper_new(true, NULL);
	uint32_t pid = (uint32_t)c->pid;

	needs_root();
	write_map(c);
	saw_code(k, c);
	jit_keeper_tend(k);
	/* A write to the file is seen, */
	file_write(c->map, "1000 10 f\n2000 10 g\n", 20);
	assert_int_equal(map_size(k, pid, c->time), 20);
	stop(c);
	for (int i = 0; i < 2; i++)
		jit_keeper_tend(k);
	/* but not any more when the process is gone. */
	write_map(c);
	assert_int_equal(map_size(k, pid, c->time), 20);
	jit_keeper_free(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_child(test_a_map_is_let_go_after_its_process),
		with_child(test_map_outlives_its_process),
		with_child(test_map_comes_late),
		with_child(test_map_of_the_living_is_found_at_the_end),
		with_child(test_only_who_makes_code),
		with_child(test_not_live),
		with_child(test_map_of_an_earlier_process),
		with_child(test_not_its_own),
		with_child(test_no_file),
		with_child(test_pid_comes_again),
		with_child(test_fork_and_exec),
		with_child(test_fork_from_before),
		with_child(test_dump),
		with_child(test_two_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
