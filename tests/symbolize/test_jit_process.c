#include "symbolize/jit_process.h"

#include "tests/elf/witness.h"
#include "tests/test.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* An executed program is no fork of the program that executed it. */
static void test_exec_from_before(void **state)
{
	struct jit_process parent, child;
	struct witness w;

	(void)state;
	witness_start(&w, PROGRAMS "/pie");
	assert_true(jit_process_read(&parent, (uint32_t)getpid()));
	assert_true(jit_process_read(&child, (uint32_t)w.pid));
	assert_int_equal(child.parent, getpid());
	assert_false(jit_process_is_fork(&child, &parent));
	witness_stop(&w);
}

static void test_no_process(void **state)
{
	struct jit_process p;

	(void)state;
	assert_false(jit_process_read(&p, 0));
	assert_false(jit_process_read(&p, UINT32_MAX));
}

/* The files that stand for /tmp/perf-PID.map of a process of another user. */
enum map_kind {
	MAP_OWN,
	MAP_OF_ROOT,
	MAP_ONLY_FOR_ROOT, /* no other user may read it */
	MAP_OF_PROC,	   /* a file of /proc, mounted there */
	MAP_LINK,
};

/* Makes a map in a /tmp that only this process has. */
static bool map_make(enum map_kind kind)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/tmp", "tmpfs", 0, NULL) < 0)
		return false;
	if (kind == MAP_LINK)
		return symlink("/etc/passwd", path) == 0;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (kind == MAP_ONLY_FOR_ROOT && fchmod(fd, 0600) < 0)
		return false;
	if (kind == MAP_OF_PROC && mount("/proc/version", path, NULL, MS_BIND, NULL) < 0)
		return false;
	return kind != MAP_OWN || fchown(fd, 65534, 65534) == 0;
}

static bool map_is_opened(enum map_kind kind)
{
	struct jit_process p;
	char ready = 0;
	int ends[2], fd;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (!pid) {
		ready = map_make(kind) && setresuid(65534, 65534, 65534) == 0;
		(void)!write(ends[1], &ready, 1);
		pause();
	}
	assert_int_equal(read(ends[0], &ready, 1), 1);
	if (ready)
		assert_true(jit_process_read(&p, (uint32_t)pid));
	fd = ready ? jit_process_open_map(&p, NULL) : -1;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(ends[0]);
	close(ends[1]);
	if (!ready)
		skip();
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void test_map_of_another_user(void **state)
{
	(void)state;
	if (geteuid())
		skip();
	assert_true(map_is_opened(MAP_OWN));
	assert_true(map_is_opened(MAP_OF_ROOT));
	assert_false(map_is_opened(MAP_ONLY_FOR_ROOT));
	assert_false(map_is_opened(MAP_OF_PROC));
	assert_false(map_is_opened(MAP_LINK));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exec_from_before),
		cmocka_unit_test(test_no_process),
		cmocka_unit_test(test_map_of_another_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
