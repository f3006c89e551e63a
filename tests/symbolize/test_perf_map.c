#include "base/scoped.h"
#include "symbolize/source_perf_map.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MIB = 1 << 20 };

static int file_of(const void *text, size_t size)
{
	int fd = memfd_create("perf-1.map", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, size), size);
	return fd;
}

static struct jit_code_table *load(const char *text)
{
	struct jit_code_table *t = jit_code_table_new();
	int fd = file_of(text, strlen(text));
	struct error err;

	assert_int_equal(source_perf_map_load(t, fd, true, &err), 0);
	close(fd);
	jit_code_table_finish(t, true);
	return t;
}

static void expect(const struct jit_code_table *t, uint64_t addr, const char *name)
{
	const struct jit_function *c = jit_code_table_find(t, addr, 1);

	assert_string_equal(c ? c->name : "", name);
}

/* As Node, OpenJDK and PHP write them. */
static void test_real_lines(void **state)
{
	scoped(jit_code_table_free) struct jit_code_table *t =
		load("7fe818023b80 378 JS:~hot_outer /path/s.js:2:19\n"
		     "0x00007f912cec7620 0x00000000000003b8 double Hot.inner(int)\n"
		     "0X41F00000 a JIT$$trace_exit\r\n");

	(void)state;
	assert_int_equal(t->items.n, 3);
	expect(t, 0x7fe818023b7f, "");
	expect(t, 0x7fe818023b80, "JS:~hot_outer /path/s.js:2:19");
	expect(t, 0x7fe818023ef7, "JS:~hot_outer /path/s.js:2:19");
	expect(t, 0x7fe818023ef8, "");
	expect(t, 0x7f912cec7620 + 0x3b7, "double Hot.inner(int)");
	expect(t, 0x41f00009, "JIT$$trace_exit");
}

static void test_last_line_counts(void **state)
{
	scoped(jit_code_table_free) struct jit_code_table *t = load("1000 100 JS:~f\n"
								    "3000 100 g\n"
								    "1000 100 JS:^f\n"
								    "1000 80 JS:*f\n"
								    "30f0 100 h\n");

	(void)state;
	expect(t, 0x1010, "JS:*f");
	/* Where its end was, other code was put. */
	expect(t, 0x1090, "");
	expect(t, 0x3010, "");
	expect(t, 0x30f0, "h");
}

static void test_bad_lines(void **state)
{
	scoped(jit_code_table_free) struct jit_code_table *t =
		load("\n \n1000\n1000 \n1000 10\n1000 10 \n g\n1000  10 two blanks\n"
		     "10g0 10 f\n-1000 10 f\n1000 0 empty\nfffffffffffffff0 20 wraps\n"
		     "10000000000000000 10 long\n0x 10 f\n1000\t10\tf\n"
		     "2000 10 good\n3000 10 has no end");

	(void)state;
	assert_int_equal(t->items.n, 1);
	expect(t, 0x2000, "good");
}

static void test_control_bytes(void **state)
{
	static const char text[] = "1000 10 a\x1b[0m\tb\n2000 10 c\0d\n";
	scoped(jit_code_table_free) struct jit_code_table *t = jit_code_table_new();
	int fd = file_of(text, sizeof(text) - 1);
	struct error err;

	(void)state;
	assert_int_equal(source_perf_map_load(t, fd, true, &err), 0);
	close(fd);
	jit_code_table_finish(t, true);
	expect(t, 0x1000, "a?[0m?b");
	expect(t, 0x2000, "c");
}

/* Lines across the pieces in which it is read, and one longer than a piece. */
static void test_long_file(void **state)
{
	enum { LINES = 20000 };
	scoped(jit_code_table_free) struct jit_code_table *t = jit_code_table_new();
	FILE *f = tmpfile();
	struct error err;

	(void)state;
	for (unsigned i = 0; i < LINES; i++) {
		fprintf(f, "%x 10 function number %u\n", i * 16, i);
		if (i == LINES / 2)
			for (int n = 0; n < 300000; n++)
				fputs(n ? "x" : "\n1 1 ", f);
		if (i == LINES / 2)
			fputs("\n", f);
	}
	fflush(f);
	assert_int_equal(source_perf_map_load(t, fileno(f), true, &err), 0);
	fclose(f);
	assert_int_equal(t->items.n, LINES);
	jit_code_table_finish(t, true);
	for (unsigned i = 0; i < LINES; i++) {
		char name[64];

		snprintf(name, sizeof(name), "function number %u", i);
		expect(t, i * 16, name);
	}
}

/* Only the end of a huge map is read: it has the current functions. */
static void test_only_the_tail(void **state)
{
	static const char old[] = "1000 10 old\n",
			  new[] = "\n2000 10 new\n3000 10 last\n";
	scoped(jit_code_table_free) struct jit_code_table *t = jit_code_table_new();
	int fd = file_of(old, sizeof(old) - 1);
	struct error err;

	(void)state;
	assert_int_equal(lseek(fd, 2000ll * MIB, SEEK_SET), 2000ll * MIB);
	assert_int_equal(write(fd, new, sizeof(new) - 1), sizeof(new) - 1);
	assert_int_equal(source_perf_map_load(t, fd, true, &err), 0);
	close(fd);
	jit_code_table_finish(t, true);
	assert_int_equal(t->items.n, 2);
	expect(t, 0x1000, "");
	expect(t, 0x2000, "new");
	expect(t, 0x3000, "last");
}

static void test_absurd_sizes(void **state)
{
	scoped(jit_code_table_free) struct jit_code_table *t = jit_code_table_new();
	int fd = memfd_create("perf-1.map", MFD_CLOEXEC);
	char *text = mem_resize(NULL, 30, MIB);
	struct error err;

	(void)state;
	assert_int_equal(ftruncate(fd, 1ll << 40), 0);
	assert_int_equal(source_perf_map_load(t, fd, true, &err), -1);
	assert_string_equal(err.text, "too large");
	assert_int_equal(ftruncate(fd, 0), 0);
	for (size_t i = 0; i < 30 * MIB; i += 6)
		memcpy(text + i, "1 1 a\n", 6);
	assert_int_equal(write(fd, text, 30 * MIB), 30 * MIB);
	assert_int_equal(source_perf_map_load(t, fd, true, &err), -1);
	assert_string_equal(err.text, "too many functions");
	assert_int_equal(t->items.n, 0);
	close(fd);
	mem_free(text);
}

static void test_no_file(void **state)
{
	scoped(jit_code_table_free) struct jit_code_table *t = jit_code_table_new();
	struct error err;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(source_perf_map_load(t, ends[0], true, &err), -1);
	assert_string_equal(err.text, "not a regular file");
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(source_perf_map_load(t, -1, true, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_lines),
		cmocka_unit_test(test_last_line_counts),
		cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_control_bytes),
		cmocka_unit_test(test_long_file),
		cmocka_unit_test(test_only_the_tail),
		cmocka_unit_test(test_absurd_sizes),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
