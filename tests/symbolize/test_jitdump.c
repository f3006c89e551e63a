#include "base/out.h"
#include "base/scoped.h"
#include "symbolize/source_jitdump.h"
#include "tests/test.h"

#include <byteswap.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LOAD, MOVE, DEBUG_INFO, CLOSE, UNWINDING_INFO };

/* A dump as a program would write it. */
struct dump {
	struct out *out;
	bool swapped;
};

static void put_u32(struct dump *d, uint32_t v)
{
	v = d->swapped ? bswap_32(v) : v;
	out_write(d->out, &v, sizeof(v));
}

static void put_u64(struct dump *d, uint64_t v)
{
	v = d->swapped ? bswap_64(v) : v;
	out_write(d->out, &v, sizeof(v));
}

static void begin(struct dump *d, bool swapped, uint64_t flags)
{
	*d = (struct dump){out_memory(), swapped};
	put_u32(d, 0x4a695444);
	put_u32(d, 1);
	put_u32(d, 48); /* eight more than this version has */
	put_u32(d, 62);
	put_u32(d, 0);
	put_u32(d, 1234);
	put_u64(d, 5);
	put_u64(d, flags);
	put_u64(d, 0);
}

static void put_prefix(struct dump *d, uint32_t id, size_t size, uint64_t time)
{
	put_u32(d, id);
	put_u32(d, (uint32_t)size + 16);
	put_u64(d, time);
}

static void put_load(struct dump *d, uint64_t time, uint64_t addr, uint64_t size,
		     uint64_t index, const char *name)
{
	static const char code[5000];

	put_prefix(d, LOAD, 40 + strlen(name) + 1 + size, time);
	put_u32(d, 1234);
	put_u32(d, 1235);
	put_u64(d, addr);
	put_u64(d, addr);
	put_u64(d, size);
	put_u64(d, index);
	out_write(d->out, name, strlen(name) + 1);
	out_write(d->out, code, size);
}

static void put_move(struct dump *d, uint64_t time, uint64_t from, uint64_t to,
		     uint64_t size, uint64_t index)
{
	put_prefix(d, MOVE, 48, time);
	put_u32(d, 1234);
	put_u32(d, 1235);
	put_u64(d, to);
	put_u64(d, from);
	put_u64(d, to);
	put_u64(d, size);
	put_u64(d, index);
}

/* A record of no interest. */
static void put_other(struct dump *d, uint32_t id, size_t size)
{
	put_prefix(d, id, size, 1);
	for (; size; size--)
		out_write(d->out, "x", 1);
}

/* Ends the dump; 'cut' bytes are missing from it. */
static struct jit_code_table *finish(struct dump *d, bool has_times, size_t cut)
{
	int fd = memfd_create("jit-1.dump", MFD_CLOEXEC);
	struct jit_code_table *t = jit_code_table_new();
	size_t size = out_pos(d->out) - cut;
	struct error err;

	assert_int_equal(write(fd, out_data(d->out), size), size);
	assert_int_equal(source_jitdump_load(t, fd, has_times, &err), 0);
	close(fd);
	out_free(&d->out);
	jit_code_table_finish(t, true);
	return t;
}

static void expect(const struct jit_code_table *t, uint64_t addr, uint64_t time,
		   const char *name)
{
	const struct jit_function *c = jit_code_table_find(t, addr, time);

	assert_string_equal(c ? c->name : "", name);
}

static void test_loads(void **state)
{
	(void)state;
	for (int swapped = 0; swapped < 2; swapped++) {
		scoped(jit_code_table_free) struct jit_code_table *t = NULL;
		struct dump d;

		begin(&d, swapped, 0);
		put_other(&d, DEBUG_INFO, 100);
		put_load(&d, 10, 0x1000, 0x100, 1, "a b\tc");
		put_other(&d, UNWINDING_INFO, 5001);
		put_other(&d, CLOSE, 0);
		put_other(&d, 77, 8);
		put_load(&d, 20, 0x2000, 5000, 2, "large");
		put_load(&d, 30, 0x3000, 0, 3, "empty");
		put_load(&d, 40, 0x4000, 0x10, 4, "last");
		t = finish(&d, true, 0);
		assert_int_equal(t->items.n, 3);
		expect(t, 0xfff, 50, "");
		expect(t, 0x1000, 50, "a b?c");
		expect(t, 0x10ff, 50, "a b?c");
		expect(t, 0x1100, 50, "");
		expect(t, 0x2000 + 4999, 50, "large");
		expect(t, 0x400f, 50, "last");
	}
}

static void put_story(struct dump *d, uint64_t flags)
{
	begin(d, false, flags);
	put_load(d, 10, 0x1000, 0x100, 1, "a");
	put_move(d, 20, 0x1000, 0x5000, 0x100, 1);
	put_load(d, 30, 0x1000, 0x80, 2, "b");
	put_load(d, 40, 0x1000, 0x100, 3, "c");
	put_move(d, 50, 0x5000, 0x6000, 0x100, 1);
	put_move(d, 60, 0x7000, 0x8000, 0x100, 99); /* of nothing that is known */
}

static void test_time_of_the_sample(void **state)
{
	scoped(jit_code_table_free) struct jit_code_table *t = NULL;
	struct dump d;

	(void)state;
	put_story(&d, 0);
	t = finish(&d, true, 0);
	expect(t, 0x1010, 5, "a");
	expect(t, 0x1010, 19, "a");
	expect(t, 0x1010, 20, "");
	expect(t, 0x1010, 30, "b");
	expect(t, 0x1090, 30, "");
	expect(t, 0x1010, 40, "c");
	expect(t, 0x5010, 20, "a");
	expect(t, 0x5010, 49, "a");
	expect(t, 0x5010, 50, "");
	expect(t, 0x6010, 50, "a");
	expect(t, 0x8010, 60, "");
	assert_true(t->changes.n >= 4);
}

/* If times cannot be compared, the last function counts. */
static void test_without_times(void **state)
{
	(void)state;
	for (int has_times = 0; has_times < 2; has_times++) {
		scoped(jit_code_table_free) struct jit_code_table *t = NULL;
		struct dump d;

		put_story(&d, has_times);
		t = finish(&d, has_times, 0);
		expect(t, 0x1010, 15, "c");
		expect(t, 0x5010, 30, "");
		expect(t, 0x6010, 1, "a");
		assert_int_equal(t->changes.n, 0);
	}
}

/* The program may be writing its last record just now. */
static void test_cut_short(void **state)
{
	(void)state;
	for (size_t cut = 0; cut < 56 + 5 + 0x80; cut++) {
		scoped(jit_code_table_free) struct jit_code_table *t = NULL;
		struct dump d;

		begin(&d, false, 0);
		put_load(&d, 10, 0x1000, 0x100, 1, "first");
		put_load(&d, 20, 0x2000, 0x80, 2, "last");
		t = finish(&d, true, cut);
		assert_int_equal(t->items.n, cut ? 1 : 2);
	}
}

static void test_damaged(void **state)
{
	scoped(jit_code_table_free) struct jit_code_table *t = NULL;
	struct dump d;

	(void)state;
	begin(&d, false, 0);
	put_load(&d, 10, 0x1000, 0x100, 1, "good");
	put_load(&d, 20, UINT64_MAX - 4, 0x100, 2, "wraps");
	put_prefix(&d, LOAD, 4, 20);
	put_u32(&d, 0);
	put_prefix(&d, CLOSE, (size_t)-9, 30); /* smaller than its own prefix */
	put_load(&d, 40, 0x2000, 0x100, 3, "behind it");
	t = finish(&d, true, 0);
	assert_int_equal(t->items.n, 1);
	expect(t, 0x1000, 10, "good");
}

static void test_long_names(void **state)
{
	scoped(jit_code_table_free) struct jit_code_table *t = NULL;
	char longest[JIT_NAME_MAX + 500];
	struct dump d;

	(void)state;
	memset(longest, 'n', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	begin(&d, false, 0);
	put_load(&d, 10, 0x1000, 0x100, 1, longest);
	put_load(&d, 20, 0x2000, 0x100, 2, "next");
	t = finish(&d, true, 0);
	longest[JIT_NAME_MAX] = '\0';
	expect(t, 0x1000, 10, longest);
	expect(t, 0x2000, 20, "next");
}

static void test_no_jitdump(void **state)
{
	static const char *const texts[] = {
		"", "JiTD", "7fe818023b80 378 JS:~hot_outer /path/s.js:2:19\n"};
	struct error err;

	(void)state;
	for (size_t i = 0; i < array_size(texts) + 2; i++) {
		scoped(jit_code_table_free) struct jit_code_table *t =
			jit_code_table_new();
		int fd = memfd_create("jit-1.dump", MFD_CLOEXEC);
		struct dump d;

		begin(&d, false, 0);
		if (i < array_size(texts))
			assert_true(write(fd, texts[i], strlen(texts[i])) >= 0);
		else
			assert_int_equal(write(fd, out_data(d.out), 48), 48);
		if (i == array_size(texts))
			assert_int_equal(pwrite(fd, "\2", 1, 4), 1); /* version 2 */
		else if (i > array_size(texts))
			assert_int_equal(pwrite(fd, "\7", 1, 8), 1); /* a short header */
		assert_int_equal(source_jitdump_load(t, fd, true, &err), -1);
		close(fd);
		out_free(&d.out);
	}
}

/* Nothing but zeros, as far as one can see. */
static void test_sparse(void **state)
{
	scoped(jit_code_table_free) struct jit_code_table *t = jit_code_table_new();
	int fd = memfd_create("jit-1.dump", MFD_CLOEXEC);
	struct error err;
	struct dump d;

	(void)state;
	begin(&d, false, 0);
	assert_int_equal(write(fd, out_data(d.out), 48), 48);
	assert_int_equal(ftruncate(fd, 1ll << 40), 0);
	assert_int_equal(source_jitdump_load(t, fd, true, &err), 0);
	assert_int_equal(t->items.n, 0);
	close(fd);
	out_free(&d.out);
}

static void test_paths(void **state)
{
	static const char *const good[] = {"/tmp/jit-1.dump", "jit-1234567.dump",
					   "/home/me/.debug/jit/x.y/jit-17.dump"};
	static const char *const bad[] = {"",
					  "/tmp/jit-.dump",
					  "/tmp/jit-1x.dump",
					  "/tmp/jit-1.dump.old",
					  "/tmp/ajit-1.dump",
					  "/tmp/jit-1.dump (deleted)x",
					  "/jit-1.dump/libc.so.6",
					  "//anon"};

	(void)state;
	for (size_t i = 0; i < array_size(good); i++)
		assert_true(source_jitdump_knows(good[i]));
	for (size_t i = 0; i < array_size(bad); i++)
		assert_false(source_jitdump_knows(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loads),
		cmocka_unit_test(test_time_of_the_sample),
		cmocka_unit_test(test_without_times),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_no_jitdump),
		cmocka_unit_test(test_sparse),
		cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
