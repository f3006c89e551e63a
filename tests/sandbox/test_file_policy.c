#include "base/fd.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "sandbox/file_policy.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct folder {
	char path[64];
};

static int setup(void **state)
{
	struct folder *f = mem_new(1, sizeof(*f));

	strcpy(f->path, "/tmp/flame-policy-XXXXXX");
	*state = f;
	return mkdtemp(f->path) ? 0 : -1;
}

static int teardown(void **state)
{
	scoped(mem_release) char *command = NULL;
	struct folder *f = *state;

	command = mem_format("rm -r '%s'", f->path);
	mem_free(f);
	return system(command);
}

static char *file(void **state, const char *name, const void *content, size_t n)
{
	const struct folder *f = *state;
	char *path = mem_format("%s/%s", f->path, name);
	scoped(fd_close) int fd = open(path, O_CREAT | O_WRONLY, 0600);

	assert_int_equal(write(fd, content, n), n);
	return path;
}

static int open_by(const struct file_policy *policy, const struct file_request *r)
{
	scoped(file_opener_release) struct file_opener opener;

	file_opener_init(&opener, policy);
	return file_opener_open(&opener, r);
}

static int request(const char *path, uint64_t flags)
{
	const struct file_policy none = {0};
	const struct file_request r = {.process = getpid(),
				       .tid = getpid(),
				       .folder = AT_FDCWD,
				       .path = path,
				       .flags = flags};
	int fd = open_by(&none, &r);
	int code = errno;

	if (fd >= 0)
		close(fd);
	return fd >= 0 ? 0 : code;
}

static void content_decides(void **state)
{
	static const struct {
		const char *name, *content;
		size_t n;
		int code;
	} files[] = {
		{"program", "\177ELF....", 8, 0},
		{"module.ko.xz", "\375\067zXZ\0..", 8, 0},
		{"module.ko.zst", "\050\265\057\375....", 8, 0},
		{"module.ko.gz", "\037\213......", 8, 0},
		{"auth.log.gz", "\037\213......", 8, ENOEXEC},
		{"core.1.zst", "\050\265\057\375....", 8, ENOEXEC},
		{"core.1.xz", "\375\067zXZ\0..", 8, ENOEXEC},
		{"shared", "\177ELF\2\1\1\0........\3\0", 18, 0},
		{"core", "\177ELF\2\1\1\0........\4\0", 18, ENOEXEC},
		{"big-endian", "\177ELF\2\2\1\0........\0\3", 18, 0},
		{"big-endian core", "\177ELF\2\2\1\0........\0\4", 18, ENOEXEC},
		{"jit-1.dump", "DTiJ....", 8, 0},
		{"perf-12.map", "1000 10 f\n", 10, 0},
		{"kallsyms", "1000 T f\n", 9, 0},
		{"modules.dep", "a.ko:\n", 6, 0},
		{"modules.dep.bin", "a.ko:\n", 6, ENOEXEC},
		{"shadow", "root:x:0:", 9, ENOEXEC},
		{"perf-.map", "1000 10 f\n", 10, ENOEXEC},
		{"xperf-12.map", "1000 10 f\n", 10, ENOEXEC},
		{"short", "\177EL", 3, ENOEXEC},
		{"empty", "", 0, ENOEXEC},
	};

	for (size_t i = 0; i < array_size(files); i++) {
		scoped(mem_release) char *path =
			file(state, files[i].name, files[i].content, files[i].n);

		if (request(path, O_RDONLY) != files[i].code)
			fail_msg("%s", files[i].name);
		assert_int_equal(request(path, O_PATH), files[i].code);
	}
}

static void writing_is_refused(void **state)
{
	static const uint64_t flags[] = {O_WRONLY, O_RDWR,    O_CREAT,
					 O_TRUNC,  O_TMPFILE, O_APPEND};
	scoped(mem_release) char *path = file(state, "program", "\177ELF", 4);

	for (size_t i = 0; i < array_size(flags); i++)
		assert_int_equal(request(path, flags[i]), EACCES);
}

static void inputs_may_have_any_content(void **state)
{
	scoped(mem_release) char *path = file(state, "input", "text", 4);
	const char *const inputs[] = {path};
	const struct file_policy policy = {.inputs = inputs, .n_inputs = 1};
	struct file_request r = {.process = getpid(),
				 .tid = getpid(),
				 .folder = AT_FDCWD,
				 .path = path,
				 .flags = O_RDONLY};
	scoped(fd_close) int fd = open_by(&policy, &r);

	assert_true(fd >= 0);
	r.flags = O_RDWR;
	assert_int_equal(open_by(&policy, &r), -1);
}

static void kernel_files_are_listed(void **unused)
{
	(void)unused;
	assert_int_equal(request("/proc/kallsyms", O_RDONLY), 0);
	assert_int_equal(request("/proc/1/stat", O_RDONLY), 0);
	assert_int_equal(request("/proc/1/environ", O_RDONLY), EACCES);
	assert_int_equal(request("/proc/1/maps", O_RDONLY), EACCES);
	assert_int_equal(request("/proc/self/mem", O_RDONLY), EACCES);
	assert_int_equal(request("/proc/self/root/proc/1/environ", O_RDONLY), EACCES);
	assert_int_equal(request("/proc/kmsg", O_RDONLY), EACCES);
}

/* The files of the system are no secret, if everybody may read them. */
static void downloads_need_files_of_the_system(void **state)
{
	const struct folder *f = *state;
	scoped(mem_release) char *own = file(state, "config", "60", 2);
	scoped(mem_release) char *folder = mem_format("%s/x", f->path);
	const struct {
		const char *path, *downloads;
		int code;
	} cases[] = {
		{"/etc/passwd", NULL, ENOEXEC},
		{"/etc/passwd", f->path, 0},
		{own, f->path, 0},
		{own, folder, ENOEXEC},
		{"/etc/shadow", f->path, ENOEXEC},
	};

	for (size_t i = 0; i < array_size(cases); i++) {
		const struct file_policy policy = {.downloads = cases[i].downloads};
		const struct file_request r = {.process = getpid(),
					       .tid = getpid(),
					       .folder = AT_FDCWD,
					       .path = cases[i].path};
		scoped(fd_close) int fd = -1;

		if (access(cases[i].path, R_OK) < 0)
			continue;
		fd = open_by(&policy, &r);
		assert_int_equal(fd < 0 ? errno : 0, cases[i].code);
	}
}

/* Another root may have any file at the path of a file of the kernel. */
static void kernel_files_are_those_of_our_root(void **unused)
{
	scoped(fd_close) int root = open("/", O_PATH | O_DIRECTORY);
	const struct file_policy none = {0};
	const struct file_request r = {.process = getpid(),
				       .tid = getpid(),
				       .folder = root,
				       .path = "/proc/1/stat",
				       .resolve = RESOLVE_IN_ROOT};

	(void)unused;
	assert_int_equal(open_by(&none, &r), -1);
	assert_int_equal(errno, EACCES);
}

static void only_regular_files(void **state)
{
	const struct folder *f = *state;
	scoped(mem_release) char *fifo = mem_format("%s/fifo", f->path);

	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(request(fifo, O_RDONLY), EACCES);
	assert_int_equal(request(fifo, O_PATH), EACCES);
	assert_int_equal(request("/dev/null", O_RDONLY), EACCES);
	assert_int_equal(request(f->path, O_RDONLY), EACCES);
	assert_int_equal(request(f->path, O_RDONLY | O_DIRECTORY), EACCES);
	assert_int_equal(request(f->path, O_PATH | O_DIRECTORY), 0);
	assert_int_equal(request("/proc/self/root", O_PATH | O_DIRECTORY), 0);
}

static void *fifo_write(void *path)
{
	scoped(fd_close) int fd = open(path, O_WRONLY);

	assert_int_equal(write(fd, "text", 4), 4);
	return NULL;
}

/* The writer ends between the two requests of a reader that looks first. */
static void pipes_keep_their_bytes(void **state)
{
	const struct folder *f = *state;
	scoped(mem_release) char *path = mem_format("%s/fifo", f->path);
	const char *const inputs[] = {path};
	const struct file_policy policy = {.inputs = inputs, .n_inputs = 1};
	struct file_request r = {.process = getpid(),
				 .tid = getpid(),
				 .folder = AT_FDCWD,
				 .path = path,
				 .flags = O_PATH};
	scoped(fd_close) int place = -1;
	scoped(fd_close) int fd = -1;
	char self[64], text[8];
	pthread_t writer;

	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(pthread_create(&writer, NULL, fifo_write, path), 0);
	place = open_by(&policy, &r);
	assert_true(place >= 0);
	pthread_join(writer, NULL);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", place);
	r.path = self;
	r.flags = O_RDONLY;
	fd = open_by(&policy, &r);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	assert_int_equal(read(fd, text, sizeof(text)), 4);
}

/* Descriptors of the process that asks: it may have got one for a place only. */
static void descriptors_of_the_other_process(void **state)
{
	scoped(mem_release) char *secret = file(state, "secret", "text", 4);
	scoped(mem_release) char *program = file(state, "program", "\177ELF", 4);
	scoped(fd_close) int place = open(secret, O_PATH);
	scoped(fd_close) int good = open(program, O_PATH);
	scoped(fd_close) int own = memfd_create("flame test", MFD_CLOEXEC);
	scoped(fd_close) int other = memfd_create("secrets", MFD_CLOEXEC);
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", place);
	assert_int_equal(request(path, O_RDONLY), ENOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", good);
	assert_int_equal(request(path, O_RDONLY), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", own);
	assert_int_equal(request(path, O_RDONLY), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", other);
	assert_int_equal(request(path, O_RDONLY), ENOEXEC);
}

static void folders_hold(void **state)
{
	const struct folder *f = *state;
	scoped(mem_release) char *program = file(state, "program", "\177ELF", 4);
	scoped(mem_release) char *link = mem_format("%s/link", f->path);
	scoped(fd_close) int folder = open(f->path, O_PATH | O_DIRECTORY);
	const struct file_policy none = {0};
	struct file_request r = {.tid = getpid(),
				 .folder = folder,
				 .path = "program",
				 .resolve = RESOLVE_IN_ROOT};
	scoped(fd_close) int fd = open_by(&none, &r);

	assert_true(fd >= 0);
	assert_int_equal(symlink("/bin/true", link), 0);
	r.path = "link";
	assert_int_equal(open_by(&none, &r), -1);
	assert_int_equal(errno, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(content_decides, setup, teardown),
		cmocka_unit_test_setup_teardown(writing_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(inputs_may_have_any_content, setup,
						teardown),
		cmocka_unit_test(kernel_files_are_listed),
		cmocka_unit_test_setup_teardown(downloads_need_files_of_the_system, setup,
						teardown),
		cmocka_unit_test(kernel_files_are_those_of_our_root),
		cmocka_unit_test_setup_teardown(only_regular_files, setup, teardown),
		cmocka_unit_test_setup_teardown(pipes_keep_their_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(descriptors_of_the_other_process, setup,
						teardown),
		cmocka_unit_test_setup_teardown(folders_hold, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
