#include "base/scoped.h"
#include "elf/dso_keeper.h"
#include "elf/elf_file.h"
#include "tests/elf/witness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct files {
	char dir[64];
	char program[512]; /* a copy of "pie" */
	struct dso by_id, by_inode;
};

static int set_up(void **state)
{
	struct files *f = mem_new(1, sizeof(*f));
	scoped(elf_file_close) struct elf_file *elf = NULL;
	struct error err;
	struct stat st;
	int fd;

	temp_dir_make(f->dir);
	temp_path(f->program, f->dir, "program");
	file_copy(PROGRAMS "/pie", f->program);
	fd = open(f->program, O_RDONLY | O_CLOEXEC);
	elf = elf_file_open(fd, &err);
	if (!elf || !elf_file_build_id(elf, &f->by_id.build_id) || fstat(fd, &st) < 0)
		return -1;
	close(fd);
	f->by_inode = (struct dso){
		.major = major(st.st_dev), .minor = minor(st.st_dev), .inode = st.st_ino};
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct files *f = *state;

	temp_dir_remove(f->dir);
	mem_free(f);
	return 0;
}

static enum dso_trouble trouble(const struct dso *dso, const char *path, bool is_live)
{
	enum dso_trouble why;
	int fd = dso_keeper_open(NULL, NULL, dso, path, is_live, &why);

	if (fd >= 0) {
		assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
		close(fd);
		return DSO_NO_TROUBLE;
	}
	return why;
}

static void test_right_file(void **state)
{
	const struct files *f = *state;

	assert_int_equal(trouble(&f->by_id, f->program, false), DSO_NO_TROUBLE);
	assert_int_equal(trouble(&f->by_inode, f->program, false), DSO_NO_TROUBLE);
}

static void test_no_identity(void **state)
{
	const struct files *f = *state;
	const struct dso nobody = {0};

	assert_int_equal(trouble(&nobody, f->program, false), DSO_UNVERIFIED);
}

static void test_other_file(void **state)
{
	const struct files *f = *state;
	char path[512];

	file_copy(PROGRAMS "/other", temp_path(path, f->dir, "new"));
	assert_int_equal(rename(path, f->program), 0);
	assert_int_equal(trouble(&f->by_id, f->program, false), DSO_REPLACED);
	assert_int_equal(trouble(&f->by_inode, f->program, false), DSO_REPLACED);
	file_write(f->program, "no ELF file", 11);
	assert_int_equal(trouble(&f->by_id, f->program, false), DSO_REPLACED);
}

/* Written over in its place the inode stays, but not the build id. */
static void test_overwritten_file(void **state)
{
	const struct files *f = *state;

	file_copy(PROGRAMS "/other", f->program);
	assert_int_equal(trouble(&f->by_id, f->program, false), DSO_REPLACED);
}

/* The path on another device may be that of another root: nothing was replaced there. */
static void test_elsewhere(void **state)
{
	const struct files *f = *state;
	struct dso dso = f->by_inode;

	dso.inode++;
	assert_int_equal(trouble(&dso, f->program, false), DSO_REPLACED);
	dso.minor++;
	assert_int_equal(trouble(&dso, f->program, false), DSO_GONE);
	dso.pid = (uint32_t)getpid();
	assert_int_equal(trouble(&dso, f->program, true), DSO_REPLACED);
}

/* A copy has the build id, but another inode. */
static void test_copied_build_id(void **state)
{
	const struct files *f = *state;
	struct dso dso = f->by_inode;

	dso.build_id = f->by_id.build_id;
	dso.pid = (uint32_t)getpid();
	assert_int_equal(trouble(&dso, f->program, true), DSO_NO_TROUBLE);
	dso.inode++;
	assert_int_equal(trouble(&dso, f->program, true), DSO_REPLACED);
	/* On another machine inodes mean nothing. */
	assert_int_equal(trouble(&dso, f->program, false), DSO_NO_TROUBLE);
	dso.inode--;
	dso.build_id.data[0]++;
	assert_int_equal(trouble(&dso, f->program, true), DSO_REPLACED);
}

static void test_other_generation(void **state)
{
	const struct files *f = *state;
	struct dso dso = f->by_inode;
	int fd = open(f->program, O_RDONLY | O_CLOEXEC);
	unsigned long version[2] = {0};

	/* Few file systems have it. */
	if (ioctl(fd, FS_IOC_GETVERSION, version) < 0) {
		close(fd);
		skip();
	}
	close(fd);
	dso.generation = (uint32_t)version[0];
	assert_int_equal(trouble(&dso, f->program, false), DSO_NO_TROUBLE);
	dso.generation ^= 5;
	assert_int_equal(trouble(&dso, f->program, false), DSO_REPLACED);
}

/* Other things at the path: an answer, at once. */
static void test_not_a_file(void **state)
{
	const struct files *f = *state;
	char path[512], deep[512];

	assert_int_equal(mkfifo(temp_path(path, f->dir, "fifo"), 0666), 0);
	assert_int_equal(trouble(&f->by_id, path, false), DSO_GONE);
	assert_int_equal(trouble(&f->by_id, f->dir, false), DSO_GONE);
	assert_int_equal(trouble(&f->by_id, "/dev/zero", false), DSO_GONE);
	assert_int_equal(trouble(&f->by_id, "/dev/tty", false), DSO_GONE);
	assert_int_equal(symlink("loop", temp_path(path, f->dir, "loop")), 0);
	assert_int_equal(trouble(&f->by_id, path, false), DSO_GONE);
	assert_int_equal(trouble(&f->by_id, temp_path(deep, f->program, "x"), false),
			 DSO_GONE);
	assert_int_equal(trouble(&f->by_id, "", false), DSO_GONE);
	assert_int_equal(trouble(&f->by_id, "program", false), DSO_GONE);
	assert_int_equal(trouble(&f->by_id, " (deleted)", true), DSO_GONE);
	assert_int_equal(trouble(&f->by_id, temp_path(path, f->dir, "none"), true),
			 DSO_GONE);
}

/* A process of another root has its files there: the same path in our root is of another
 * program, even if that has the same content. */
static void test_same_path_in_another_root(void **state)
{
	const struct files *f = *state;
	struct dso dso = f->by_id;
	char path[512], byte;
	int ready[2];
	pid_t pid;

	if (geteuid())
		skip();
	assert_int_equal(mkdir(temp_path(path, f->dir, "root"), 0777), 0);
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		if (chroot(path) == 0)
			(void)!write(ready[1], "", 1);
		pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	dso.pid = (uint32_t)pid;
	assert_int_equal(trouble(&dso, f->program, true), DSO_GONE);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(trouble(&dso, f->program, true), DSO_NO_TROUBLE);
	close(ready[0]);
	close(ready[1]);
}

/* The reason for a path that is not absolute is no earlier error. */
static void test_relative_path(void **state)
{
	const struct files *f = *state;

	errno = EACCES;
	assert_int_equal(trouble(&f->by_inode, "program", false), DSO_GONE);
}

static void test_huge_file(void **state)
{
	const struct files *f = *state;

	if (truncate(f->program, ((off_t)1 << 40) + 1) < 0)
		skip();
	assert_int_equal(trouble(&f->by_id, f->program, false), DSO_GONE);
}

static void test_not_permitted(void **state)
{
	const struct files *f = *state;
	pid_t pid;
	int status;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(f->dir, 0755), 0);
	assert_int_equal(chmod(f->program, 0700), 0);
	pid = fork();
	if (!pid) {
		enum dso_trouble why = DSO_NO_TROUBLE;

		if (setuid(65534) < 0)
			_exit(1);
		_exit(dso_keeper_open(NULL, NULL, &f->by_id, f->program, false, &why) >=
			      0 ||
		      why != DSO_DENIED);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_deleted_program(void **state)
{
	const struct files *f = *state;
	struct dso dso = f->by_inode;
	struct witness w;
	char path[600];

	snprintf(path, sizeof(path), "%s (deleted)", f->program);
	witness_start(&w, f->program);
	assert_int_equal(unlink(f->program), 0);
	dso.pid = (uint32_t)w.pid;
	assert_int_equal(trouble(&dso, path, true), DSO_NO_TROUBLE);
	assert_int_equal(trouble(&dso, f->program, true), DSO_NO_TROUBLE);
	assert_int_equal(trouble(&dso, path, false), DSO_GONE);
	/* Another one takes its place: the one that runs is still found. */
	file_copy(PROGRAMS "/other", f->program);
	assert_int_equal(trouble(&dso, path, true), DSO_NO_TROUBLE);
	witness_stop(&w);
	assert_int_equal(trouble(&dso, path, true), DSO_REPLACED);
}

/* In another root a path leads to another file. */
static void test_other_root(void **state)
{
	const struct files *f = *state;
	char own[512];
	struct dso dso = f->by_id;
	int ready[2], go[2], status;
	pid_t pid;
	char c;

	if (geteuid() != 0)
		skip();
	assert_int_equal(symlink("/program", temp_path(own, f->dir, "absolute")), 0);
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(go), 0);
	pid = fork();
	if (!pid) {
		if (chroot(f->dir) < 0 || write(ready[1], "r", 1) != 1)
			_exit(1);
		close(go[1]);
		_exit(read(go[0], &c, 1) != 0);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	dso.pid = (uint32_t)pid;
	assert_int_equal(trouble(&dso, "/program", true), DSO_NO_TROUBLE);
	/* An absolute link stays inside, and so does "..". */
	assert_int_equal(trouble(&dso, "/absolute", true), DSO_NO_TROUBLE);
	assert_int_equal(trouble(&dso, "/../../program", true), DSO_NO_TROUBLE);
	assert_int_equal(trouble(&dso, "/program", false), DSO_GONE);
	/* A file that is gone in the other root was not replaced by the one in ours. */
	assert_int_equal(trouble(&dso, "/bin/sh", true), DSO_GONE);
	close(go[0]);
	close(go[1]);
	close(ready[0]);
	close(ready[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

#define with_files(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_files(test_right_file),
		with_files(test_no_identity),
		with_files(test_other_file),
		with_files(test_overwritten_file),
		with_files(test_elsewhere),
		with_files(test_copied_build_id),
		with_files(test_other_generation),
		with_files(test_not_a_file),
		with_files(test_relative_path),
		with_files(test_same_path_in_another_root),
		with_files(test_huge_file),
		with_files(test_not_permitted),
		with_files(test_deleted_program),
		with_files(test_other_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
