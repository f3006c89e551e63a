#include "base/scoped.h"
#include "tests/files.h"
#include "tests/test.h"
#include "unwind/unwind_tables.h"

#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { FILES = 3 };

struct fixture {
	struct strtab strings;
	struct dso_table dsos;
	dso_id files[FILES];
};

static int setup(void **state)
{
	static const char *const names[FILES] = {"pie", "other", "nopie"};
	struct fixture *f = mem_new(1, sizeof(*f));

	*state = f;
	strtab_init(&f->strings);
	dso_table_init(&f->dsos, &f->strings);
	for (size_t i = 0; i < FILES; i++) {
		char path[512];
		struct dso dso = {.kind = DSO_FILE};
		struct stat st;

		assert_int_equal(stat(temp_path(path, PROGRAMS, names[i]), &st), 0);
		dso.path = strtab_add(&f->strings, path);
		dso.major = major(st.st_dev);
		dso.minor = minor(st.st_dev);
		dso.inode = st.st_ino;
		f->files[i] = dso_add(&f->dsos, &dso);
	}
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	dso_table_release(&f->dsos);
	strtab_release(&f->strings);
	mem_free(f);
	return 0;
}

static const struct unwind_table *have(struct unwind_tables *t, dso_id dso)
{
	const struct unwind_table *table;
	bool waits = false;

	table = unwind_tables_find(t, dso, &waits);
	if (!waits)
		return table;
	assert_null(table);
	assert_true(unwind_tables_make_next(t));
	unwind_tables_update(t);
	waits = false;
	table = unwind_tables_find(t, dso, &waits);
	assert_false(waits);
	return table;
}

static void test_asked_once(void **state)
{
	struct fixture *f = *state;
	struct unwind_tables_options options = {0};
	scoped(unwind_tables_free) struct unwind_tables *t =
		unwind_tables_new(&options, &f->dsos);
	uint32_t version = unwind_tables_update(t);
	bool waits = false;

	assert_false(unwind_tables_make_next(t));
	assert_null(unwind_tables_find(t, f->files[0], &waits));
	assert_true(waits);
	assert_null(unwind_tables_find(t, f->files[0], &waits));
	assert_true(unwind_tables_make_next(t));
	assert_false(unwind_tables_make_next(t));
	assert_int_not_equal(unwind_tables_update(t), version);
	assert_non_null(have(t, f->files[0]));
	assert_int_equal(unwind_tables_stats(t).made, 1);
}

/* A dso without a table is requested once; memory without a file, never. */
static void test_none(void **state)
{
	struct fixture *f = *state;
	struct unwind_tables_options options = {0};
	scoped(unwind_tables_free) struct unwind_tables *t =
		unwind_tables_new(&options, &f->dsos);
	struct dso gone = {
		.kind = DSO_FILE, .path = strtab_add(&f->strings, "/none"), .inode = 7};
	struct dso anon = {.kind = DSO_ANON, .path = strtab_add(&f->strings, "//anon")};
	dso_id id = dso_add(&f->dsos, &gone);
	bool waits = false;

	assert_null(have(t, id));
	assert_null(unwind_tables_find(t, id, &waits));
	assert_null(unwind_tables_find(t, dso_add(&f->dsos, &anon), &waits));
	assert_false(waits);
	assert_int_equal(unwind_tables_stats(t).made, 0);
}

static void test_vdso(void **state)
{
	struct fixture *f = *state;
	struct unwind_tables_options options = {0};
	scoped(unwind_tables_free) struct unwind_tables *t =
		unwind_tables_new(&options, &f->dsos);
	struct dso vdso = {.kind = DSO_VDSO, .path = strtab_add(&f->strings, "[vdso]")};

	assert_non_null(have(t, dso_add(&f->dsos, &vdso)));
}

/* Where only two fit, the one that was not needed for the longest time goes. */
static void test_bounded(void **state)
{
	struct fixture *f = *state;
	struct unwind_tables_options options = {0};
	struct unwind_tables *t = unwind_tables_new(&options, &f->dsos);
	bool waits = false;

	for (size_t i = 0; i < FILES; i++)
		assert_non_null(have(t, f->files[i]));
	options.most_bytes = unwind_tables_stats(t).bytes - 1;
	unwind_tables_free(&t);
	t = unwind_tables_new(&options, &f->dsos);
	have(t, f->files[0]);
	have(t, f->files[1]);
	have(t, f->files[0]);
	have(t, f->files[2]);
	assert_int_equal(unwind_tables_stats(t).tables, 2);
	assert_int_equal(unwind_tables_stats(t).dropped, 1);
	assert_true(unwind_tables_stats(t).bytes <= options.most_bytes);
	assert_non_null(unwind_tables_find(t, f->files[0], &waits));
	assert_false(waits);
	assert_null(unwind_tables_find(t, f->files[1], &waits));
	assert_true(waits);
	unwind_tables_free(&t);
}

static void *make_all(void *tables)
{
	for (size_t made = 0; made < FILES;)
		made += unwind_tables_make_next(tables);
	return NULL;
}

static void test_two_threads(void **state)
{
	struct fixture *f = *state;
	struct unwind_tables_options options = {0};
	struct unwind_tables *t = unwind_tables_new(&options, &f->dsos);
	size_t there = 0;
	pthread_t maker;

	assert_int_equal(pthread_create(&maker, NULL, make_all, t), 0);
	while (there < FILES) {
		bool waits = false;

		there = 0;
		unwind_tables_update(t);
		for (size_t i = 0; i < FILES; i++)
			there += !!unwind_tables_find(t, f->files[i], &waits);
		sched_yield();
	}
	pthread_join(maker, NULL);
	unwind_tables_free(&t);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_asked_once), TEST(test_none),	       TEST(test_vdso),
		TEST(test_bounded),    TEST(test_two_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
