#include "base/out.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "tests/files.h"
#include "tests/test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static const char *get(const char *path, char text[100])
{
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(text, 1, 99, f) : 0;

	text[n] = '\0';
	if (f)
		fclose(f);
	return f ? text : NULL;
}

static int files_here(void)
{
	DIR *dir = opendir(".");
	int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

static void write_file(const char *path, unsigned flags, const char *text)
{
	scoped(out_free) struct out *o = NULL;
	struct error err;

	o = out_open(path, flags, &err);
	assert_non_null(o);
	out_str(o, text);
	assert_int_equal(out_commit(o, &err), 0);
}

static void appears_when_it_is_complete(void **state)
{
	struct error err;
	struct out *o = out_open("a", 0, &err);
	char text[100];

	(void)state;
	out_str(o, "hello");
	assert_int_equal(out_flush(o, &err), 0);
	assert_null(get("a", text));
	assert_string_equal(get(out_path(o), text), "hello");
	assert_int_equal(out_commit(o, &err), 0);
	assert_string_equal(get("a", text), "hello");
	out_free(&o);
	assert_null(o);
	assert_int_equal(files_here(), 1);
}

static void uncommitted_leaves_nothing(void **state)
{
	struct error err;
	struct out *o;
	char text[100];

	(void)state;
	put("a", "before");
	o = out_open("a", OUT_KEEP_OLD, &err);
	out_str(o, "half of it");
	assert_int_equal(out_flush(o, &err), 0);
	out_free(&o);
	assert_string_equal(get("a", text), "before");
	assert_int_equal(files_here(), 1);
}

static void old_file_is_kept_or_replaced(void **state)
{
	char text[100];

	(void)state;
	write_file("a", OUT_KEEP_OLD, "1");
	assert_int_equal(files_here(), 1);
	write_file("a", OUT_KEEP_OLD, "2");
	write_file("a", OUT_KEEP_OLD, "3");
	assert_string_equal(get("a", text), "3");
	assert_string_equal(get("a.old", text), "2");
	write_file("a", 0, "4");
	assert_string_equal(get("a", text), "4");
	assert_string_equal(get("a.old", text), "2");
	assert_int_equal(files_here(), 2);
}

static void two_at_once_do_not_meet(void **state)
{
	struct error err;
	struct out *one = out_open("a", 0, &err), *two = out_open("a", 0, &err);
	char text[100];

	(void)state;
	assert_string_not_equal(out_path(one), out_path(two));
	out_str(one, "one");
	out_str(two, "two");
	assert_int_equal(out_commit(one, &err), 0);
	assert_int_equal(out_commit(two, &err), 0);
	out_free(&one);
	out_free(&two);
	assert_string_equal(get("a", text), "two");
	assert_int_equal(files_here(), 1);
}

static void modes_are_as_asked(void **state)
{
	mode_t mask = umask(022);
	struct stat st;

	(void)state;
	write_file("a", 0, "");
	write_file("b", OUT_PRIVATE, "");
	assert_int_equal(stat("a", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_int_equal(stat("b", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	umask(mask);
}

static void symbolic_links_stay(void **state)
{
	struct stat st;
	char text[100];

	(void)state;
	assert_int_equal(mkdir("far", 0777), 0);
	put("far/target", "before");
	assert_int_equal(symlink("far/target", "link"), 0);
	write_file("link", 0, "after");
	assert_int_equal(lstat("link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_string_equal(get("far/target", text), "after");
	/* One that leads nowhere yet. */
	assert_int_equal(symlink("far/new", "link2"), 0);
	write_file("link2", 0, "new");
	assert_string_equal(get("far/new", text), "new");
}

static void refused(const char *path, int code)
{
	struct error err;

	assert_null(out_open(path, 0, &err));
	assert_int_equal(err.code, code);
	assert_non_null(strstr(err.text, "cannot write '"));
	assert_non_null(strstr(err.text, path));
}

static void impossible_places_are_refused(void **state)
{
	(void)state;
	put("file", "");
	assert_int_equal(mkdir("dir", 0777), 0);
	refused("nowhere/a", ENOENT);
	refused("file/a", ENOTDIR);
	refused("dir", EISDIR);
	refused("", ENOENT);
	assert_int_equal(symlink("loop", "loop"), 0);
	refused("loop", ELOOP);
	assert_int_equal(files_here(), 3);
}

/* Root may write anywhere: another user has to try. */
static void folders_of_others_are_refused(void **state)
{
	int status;
	pid_t child;

	(void)state;
	assert_int_equal(mkdir("open", 0777), 0);
	put("open/file", "");
	assert_int_equal(chmod("open/file", 0444), 0);
	assert_int_equal(chmod("open", 0777), 0);
	assert_int_equal(chmod(".", 0555), 0);
	child = fork();
	if (child == 0) {
		struct error err;
		bool refused_new, refused_old;

		if (getuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
			_exit(2);
		refused_new = !out_open("a", 0, &err) && err.code == EACCES;
		refused_old = !out_open("open/file", 0, &err) && err.code == EACCES;
		_exit(refused_new && refused_old ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(chmod(".", 0755), 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_full_device_is_told(void **state)
{
	struct error err;
	struct out *o = out_open("/dev/full", OUT_KEEP_OLD, &err);

	(void)state;
	assert_non_null(o);
	assert_false(out_can_patch(o));
	out_str(o, "x");
	assert_int_equal(out_flush(o, &err), -1);
	assert_int_equal(err.code, ENOSPC);
	assert_string_equal(err.text,
			    "cannot write '/dev/full': No space left on device");
	assert_int_equal(out_commit(o, &err), -1);
	out_free(&o);
}

/* As on a full disk: the file ends short, and what stood there stays. */
static void a_short_file_is_told(void **state)
{
	struct rlimit before, small;
	struct error err;
	struct out *o;
	char text[100];

	(void)state;
	put("a", "before");
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = (struct rlimit){100000, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	o = out_open("a", OUT_KEEP_OLD, &err);
	for (int i = 0; i < 1000000; i++)
		out_str(o, "x");
	assert_int_equal(out_commit(o, &err), -1);
	assert_int_equal(err.code, EFBIG);
	out_free(&o);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_string_equal(get("a", text), "before");
	assert_int_equal(files_here(), 1);
}

static void pipes_are_written_directly(void **state)
{
	struct error err;
	struct out *o;
	char text[10] = "";
	int fd;

	(void)state;
	assert_int_equal(mkfifo("pipe", 0600), 0);
	fd = open("pipe", O_RDONLY | O_NONBLOCK);
	o = out_open("pipe", OUT_KEEP_OLD, &err);
	assert_non_null(o);
	assert_false(out_can_patch(o));
	out_str(o, "hello");
	assert_int_equal(out_commit(o, &err), 0);
	out_free(&o);
	assert_int_equal(read(fd, text, sizeof(text)), 5);
	assert_string_equal(text, "hello");
	close(fd);
	assert_int_equal(files_here(), 1);
}

static void open_pipes_have_no_path(void **state)
{
	char path[40], text[10] = "";
	struct error err;
	struct out *o;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	snprintf(path, sizeof(path), "/dev/fd/%d", fds[1]);
	o = out_open(path, 0, &err);
	assert_non_null(o);
	out_str(o, "hello");
	assert_int_equal(out_commit(o, &err), 0);
	out_free(&o);
	assert_int_equal(read(fds[0], text, sizeof(text)), 5);
	assert_string_equal(text, "hello");
	close(fds[0]);
	close(fds[1]);
}

static void minus_is_stdout(void **state)
{
	struct error err;
	char text[100];
	int saved = dup(STDOUT_FILENO);
	int fd = open("caught", O_WRONLY | O_CREAT, 0600);
	struct out *o = out_open("-", OUT_KEEP_OLD, &err);

	(void)state;
	fflush(stdout);
	dup2(fd, STDOUT_FILENO);
	close(fd);
	out_str(o, "hello");
	assert_int_equal(out_commit(o, &err), 0);
	out_free(&o);
	/* It is still open for the next writer. */
	assert_int_equal(write(STDOUT_FILENO, "!", 1), 1);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	assert_string_equal(get("caught", text), "hello!");
}

/* Writes a piece, a number, and both as text to two outs, and appends the same bytes to
 * 'expected'. Returns the number of bytes. */
static size_t write_piece(struct out *o[2], char *expected, const char *piece, size_t len,
			  uint64_t number)
{
	for (int k = 0; k < 2; k++) {
		out_write(o[k], piece, len);
		out_u64(o[k], number);
		out_printf(o[k], "<%.*s>", (int)len, piece);
		out_char(o[k], '\0');
	}
	memcpy(expected, piece, len);
	return len +
	       (size_t)sprintf(expected + len, "%lu<%.*s>", number, (int)len, piece) + 1;
}

/* The same calls, in a file and in memory, beside a plain array. */
static void all_ways_of_writing_agree(void **state)
{
	enum { SIZE = 3 << 20 };
	char *expected = mem_new(SIZE, 1), *got = mem_new(SIZE, 1);
	struct error err;
	struct out *o[2] = {out_memory(), out_open("a", 0, &err)};
	uint64_t seed = 7;
	size_t n = 0;
	FILE *f;

	(void)state;
	for (int i = 0; n < SIZE - 600000; i++) {
		char piece[1024];
		size_t len = random_below(&seed, sizeof(piece));
		uint64_t number = random_below(&seed, UINT64_MAX) >> (i % 64);
		size_t at = random_below(&seed, n + 1);

		memset(piece, 'a' + i % 26, len);
		len = i % 1000 ? len : 0;
		n += write_piece(o, expected + n, piece, len, number);
		assert_int_equal(out_pos(o[0]), n);
		assert_int_equal(out_pos(o[1]), n);
		if (i % 10 == 0 && at + 5 <= n) {
			memcpy(expected + at, "patch", 5);
			out_patch(o[0], at, "patch", 5);
			out_patch(o[1], at, "patch", 5);
		}
	}
	/* More than any buffer at once. */
	for (int k = 0; k < 2; k++)
		out_write(o[k], expected, 500000);
	memcpy(expected + n, expected, 500000);
	n += 500000;
	assert_memory_equal(out_data(o[0]), expected, n);
	assert_int_equal(out_data(o[0])[n], '\0');
	assert_int_equal(out_commit(o[0], &err) | out_commit(o[1], &err), 0);
	f = fopen("a", "r");
	assert_int_equal(fread(got, 1, SIZE, f), n);
	assert_memory_equal(got, expected, n);
	fclose(f);
	out_free(&o[0]);
	out_free(&o[1]);
	mem_free(expected);
	mem_free(got);
}

#define in_folder(test)                                                                  \
	cmocka_unit_test_setup_teardown(test, temp_dir_enter, temp_dir_leave)

static void binary_numbers_are_read_back(void **state)
{
	struct out *o = out_memory();
	struct bytes b;

	(void)state;
	out_put_u8(o, 0xf1);
	out_put_u16(o, 0xf203);
	out_put_u32(o, 0xf4050607);
	out_put_u64(o, 0xf809101112131415);
	assert_int_equal(out_pos(o), 15);
	b = bytes_of(out_data(o), 15);
	assert_int_equal(bytes_u8(&b), 0xf1);
	assert_int_equal(bytes_u16(&b), 0xf203);
	assert_int_equal(bytes_u32(&b), 0xf4050607);
	assert_int_equal(bytes_u64(&b), 0xf809101112131415);
	assert_false(b.failed);
	out_free(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(appears_when_it_is_complete),
		in_folder(uncommitted_leaves_nothing),
		in_folder(old_file_is_kept_or_replaced),
		in_folder(two_at_once_do_not_meet),
		in_folder(modes_are_as_asked),
		in_folder(symbolic_links_stay),
		in_folder(impossible_places_are_refused),
		in_folder(folders_of_others_are_refused),
		in_folder(a_full_device_is_told),
		in_folder(a_short_file_is_told),
		in_folder(pipes_are_written_directly),
		in_folder(open_pipes_have_no_path),
		in_folder(minus_is_stdout),
		in_folder(all_ways_of_writing_agree),
		cmocka_unit_test(binary_numbers_are_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
