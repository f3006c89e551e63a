#include "base/scoped.h"
#include "tests/files.h"
#include "tests/test.h"
#include "unwind/go_functions.h"
#include "unwind/unwind_table.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static struct elf_file *open_elf(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct elf_file *f;
	struct error err;

	assert_true(fd >= 0);
	f = elf_file_open(fd, &err);
	assert_non_null(f);
	/* The descriptor is needed as long as the file: it ends with the test. */
	return f;
}

static struct go_functions *load(const char *name, size_t most_bytes)
{
	scoped(elf_file_close) struct elf_file *f = NULL;
	char path[512];

	if (access(temp_path(path, PROGRAMS, name), R_OK) != 0)
		skip();
	f = open_elf(path);
	return go_functions_new(f, most_bytes);
}

static const struct go_function *by_name(const struct go_functions *t, const char *name,
					 uint64_t size)
{
	for (uint64_t at = 0; at < size; at++) {
		const struct go_function *fn = go_functions_find(t, at);

		if (fn && strcmp(fn->name, name) == 0)
			return fn;
		if (fn)
			at = fn->end - 1;
	}
	return NULL;
}

static void expect_delta(const struct go_functions *t, const struct go_function *fn,
			 uint64_t at, int64_t wanted)
{
	int64_t delta = -1;

	assert_true(go_functions_sp_delta(t, fn, fn->start + at, &delta));
	assert_int_equal(delta, wanted);
}

static void test_versions(void **state)
{
	static const char *const programs[] = {
		"go_1_2",  "go_1_16",	  "go_1_16_pie", "go_1_18",  "go_1_20",
		"go_1_26", "go_1_26_pie", "go_pie",	 "go_moved",
	};

	(void)state;
	for (size_t i = 0; i < array_size(programs); i++) {
		scoped(go_functions_free) struct go_functions *t = NULL;
		const struct go_function *first, *second;
		int64_t delta;

		t = load(programs[i], SIZE_MAX);
		assert_non_null(t);
		first = by_name(t, "main.first", 1 << 20);
		second = by_name(t, "main.(*T[...]).second", 1 << 20);
		assert_non_null(first);
		assert_non_null(second);
		assert_int_equal(first->end - first->start, 32);
		assert_int_equal(second->start, first->end);
		/* The oldest have no flags. */
		assert_int_equal(first->writes_sp, strcmp(programs[i], "go_1_2") != 0);
		assert_int_equal(second->is_top, strcmp(programs[i], "go_1_2") != 0);
		assert_false(first->is_top);
		assert_false(second->writes_sp);
		expect_delta(t, first, 0, 0);
		expect_delta(t, first, 1, 24);
		expect_delta(t, first, 31, 24);
		expect_delta(t, second, 1, 200);
		assert_false(go_functions_sp_delta(t, first, first->end, &delta));
		assert_false(go_functions_sp_delta(t, first, first->start - 1, &delta));
		assert_ptr_equal(go_functions_find(t, first->start), first);
		assert_ptr_equal(go_functions_find(t, first->end - 1), first);
		assert_null(go_functions_find(t, first->start - 1));
		assert_null(go_functions_find(t, second->end));
	}
}

/* Programs of Go 1.15 and earlier have no flags: the names of functions decide. */
static void test_old_runtime(void **state)
{
	scoped(go_functions_free) struct go_functions *t = NULL;
	const struct go_function *mcall, *goexit;

	(void)state;
	t = load("go_runtime", SIZE_MAX);
	assert_non_null(t);
	mcall = by_name(t, "runtime.mcall", 1 << 20);
	goexit = by_name(t, "runtime.goexit", 1 << 20);
	assert_non_null(mcall);
	assert_non_null(goexit);
	assert_true(mcall->writes_sp && !mcall->is_top);
	assert_true(goexit->is_top && !goexit->writes_sp);
}

/* Where the shortest instruction has 4 bytes, the tables count in these. */
static void test_quantum(void **state)
{
	scoped(go_functions_free) struct go_functions *t = NULL;
	const struct go_function *first;

	(void)state;
	t = load("go_quantum", SIZE_MAX);
	assert_non_null(t);
	first = by_name(t, "main.first", 1 << 20);
	assert_non_null(first);
	for (uint64_t at = 0; at < 32; at++)
		expect_delta(t, first, at, at < 4 ? 0 : 24);
}

/* Not of a file that is no Go program, nor of one that cannot be confirmed. */
static void test_none(void **state)
{
	(void)state;
	assert_null(load("pie", SIZE_MAX));
	assert_null(load("go_none", SIZE_MAX));
	assert_null(load("go_fault_ENTRY", SIZE_MAX));
	assert_null(load("go_fault_26_NO_MODULE", SIZE_MAX));
}

static void test_most_bytes(void **state)
{
	scoped(go_functions_free) struct go_functions *t = NULL, *same = NULL;
	size_t bytes;

	(void)state;
	t = load("go_1_20", SIZE_MAX);
	assert_non_null(t);
	bytes = go_functions_bytes(t);
	same = load("go_1_20", bytes);
	assert_non_null(same);
	assert_null(load("go_1_20", bytes - 1));
	assert_null(load("go_1_20", 16));
	assert_null(load("go_1_20", 0));
}

/* Every byte of a real program has the frame that its DWARF states, but where that states
 * another register than the stack pointer. */
static void test_real_program(void **state)
{
	scoped(go_functions_free) struct go_functions *t = NULL;
	scoped(unwind_table_free) struct unwind_table *rules = NULL;
	size_t checked = 0, functions = 0;
	const struct go_function *fn;
	struct elf_file *f;

	(void)state;
	t = load("real_go.full", SIZE_MAX);
	assert_non_null(t);
	f = open_elf(PROGRAMS "/real_go.full");
	rules = unwind_table_new(f, NULL, -1, SIZE_MAX);
	assert_non_null(rules);
	for (uint64_t at = 0; at < 1 << 24; at++) {
		const struct unwind_rule *rule;
		int64_t delta;

		fn = go_functions_find(t, at);
		if (!fn)
			continue;
		functions += at == fn->start;
		rule = unwind_table_find(rules, at);
		if (!rule || !go_functions_sp_delta(t, fn, at, &delta))
			continue;
		checked++;
		assert_int_equal(rule->cfa_reg, 7);
		assert_int_equal(rule->cfa, delta + 8);
	}
	assert_true(functions > 500);
	assert_true(checked > 100000);
}

static void test_real_flags(void **state)
{
	static const struct {
		const char *name;
		bool is_top, writes_sp;
	} wanted[] = {
		{"runtime.goexit", true, false}, {"runtime.mstart", true, false},
		{"runtime.mcall", false, true},	 {"runtime.systemstack", false, true},
		{"main.main", false, false},	 {"runtime.mallocgc", false, false},
	};
	scoped(go_functions_free) struct go_functions *t = NULL;

	(void)state;
	t = load("real_go", SIZE_MAX);
	assert_non_null(t);
	for (size_t i = 0; i < array_size(wanted); i++) {
		const struct go_function *fn = by_name(t, wanted[i].name, 1 << 24);

		assert_non_null(fn);
		assert_int_equal(fn->is_top, wanted[i].is_top);
		assert_int_equal(fn->writes_sp, wanted[i].writes_sp);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions),   cmocka_unit_test(test_none),
		cmocka_unit_test(test_most_bytes), cmocka_unit_test(test_old_runtime),
		cmocka_unit_test(test_quantum),	   cmocka_unit_test(test_real_program),
		cmocka_unit_test(test_real_flags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
