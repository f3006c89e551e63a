#include "elf/path_open.h"

#include "base/fd.h"
#include "base/scoped.h"
#include "elf/dso_keeper.h"
#include "elf/process_root.h"
#include "tests/files.h"
#include "tests/test.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_found(int folder, const char *path, enum path_links links)
{
	struct stat st;
	scoped(fd_close) int at = path_find(NULL, folder, path, links, &st);
	scoped(fd_close) int fd = at >= 0 ? path_read(NULL, at) : -1;

	assert_true(at < 0 || (fd >= 0 && S_ISREG(st.st_mode)));
	return fd >= 0;
}

/* Regular files that may be empty after they were read, as /proc/kmsg is. */
static void test_kernel_interfaces(void **state)
{
	static const char *const paths[] = {
		"/proc/self/status",	     "/proc/version", "/sys/kernel/notes",
		"/sys/kernel/uevent_seqnum", "/dev/null",     "/dev/zero"};

	(void)state;
	for (size_t i = 0; i < array_size(paths); i++)
		assert_false(is_found(-1, paths[i], LINKS_ALL));
	assert_true(is_found(-1, "/etc/passwd", LINKS_ALL));
	assert_false(is_found(-1, "etc/passwd", LINKS_ALL));
}

/* A recording may name any path as that of a mapped file. */
static void test_mapped_file_of_proc(void **state)
{
	struct dso dso = {.kind = DSO_FILE};
	enum dso_trouble why;
	struct stat st;

	(void)state;
	assert_int_equal(stat("/proc/version", &st), 0);
	dso.major = major(st.st_dev);
	dso.minor = minor(st.st_dev);
	dso.inode = st.st_ino;
	assert_int_equal(dso_keeper_open(NULL, NULL, &dso, "/proc/version", false, &why),
			 -1);
}

static void test_links(void **state)
{
	static const struct {
		const char *name;
		bool is_found[4]; /* by enum path_links */
	} rows[] = {
		{"dir/file", {true, true, true, true}},
		{"/dir/file", {true, true, true, true}},
		{"beneath", {false, true, true, true}},
		{"out", {false, false, true, true}},
		{"absolute", {false, false, true, false}},
		{"fifo", {false, false, false, false}},
		{"dir", {false, false, false, false}},
		{"magic", {false, false, false, false}},
	};
	char dir[64], sub[512], path[512];
	scoped(fd_close) int folder = -1;

	(void)state;
	temp_dir_make(dir);
	assert_int_equal(chdir(temp_path(sub, dir, "")), 0);
	assert_int_equal(system("mkdir sub dir sub/dir && echo >sub/dir/file && "
				"echo >file && ln -s dir/file sub/beneath && "
				"ln -s ../dir/file sub/out && echo >dir/file && "
				"ln -s /dir/file sub/absolute && mkfifo sub/fifo && "
				"ln -s /proc/self/exe sub/magic"),
			 0);
	folder = open(temp_path(path, dir, "sub"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < array_size(rows); i++)
		for (int links = LINKS_NONE; links <= LINKS_ALL; links++)
			assert_int_equal(
				is_found(folder, rows[i].name, (enum path_links)links),
				rows[i].is_found[links]);
	assert_int_equal(chdir("/"), 0);
	temp_dir_remove(dir);
}

/* A child that calls 'change' and then waits. */
static pid_t child_start(int (*change)(void))
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		byte = change() == 0;
		(void)!write(ready[1], &byte, 1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	if (!byte)
		skip();
	return pid;
}

static int change_nothing(void)
{
	return 0;
}

static int change_root(void)
{
	return chroot("/tmp");
}

static int change_namespace(void)
{
	return unshare(CLONE_NEWNS);
}

static void test_root_of_a_process(void **state)
{
	static const struct {
		int (*change)(void);
		enum process_root_kind kind;
		bool is_changed;
		const char *path;
	} rows[] = {
		{change_nothing, ROOT_OURS, false, "/tmp/file"},
		{change_root, ROOT_OTHER, true, "/file"},
		{change_namespace, ROOT_OTHER, false, "/tmp/file"},
	};
	struct process_root r;

	(void)state;
	for (size_t i = 0; i < (geteuid() ? 1 : array_size(rows)); i++) {
		pid_t pid = child_start(rows[i].change);

		r = process_root_open((uint32_t)pid);
		assert_int_equal(r.kind, rows[i].kind);
		assert_int_equal(r.fd >= 0, r.kind == ROOT_OTHER);
		assert_string_equal(process_root_path(&r, "/tmp/file"), rows[i].path);
		assert_string_equal(process_root_path(&r, "/tmpfile"), "/tmpfile");
		process_root_close(&r);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		r = process_root_open((uint32_t)pid);
		assert_int_equal(r.kind, ROOT_UNKNOWN);
	}
	r = process_root_open(0);
	assert_int_equal(r.kind, ROOT_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernel_interfaces),
		cmocka_unit_test(test_mapped_file_of_proc),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_root_of_a_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
