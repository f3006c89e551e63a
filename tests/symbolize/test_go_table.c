#include "base/scoped.h"
#include "elf/go_program.h"
#include "symbolize/source_elf.h"
#include "tests/elf/witness.h"
#include "tests/symbolize/symbols.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static void expect_same(const struct symbol *a, const struct symbol *b)
{
	assert_non_null(a);
	assert_non_null(b);
	assert_int_equal(a->start, b->start);
	assert_int_equal(a->end, b->end);
}

/* The table knows the same functions as the symbols, where those have not been
 * stripped. */
static void test_versions(void **state)
{
	static const char *const programs[] = {
		"go_1_2",  "go_1_16",	  "go_1_16_pie", "go_1_18",  "go_1_20",
		"go_1_26", "go_1_26_pie", "go_pie",	 "go_moved",
	};

	(void)state;
	for (size_t i = 0; i < array_size(programs); i++) {
		scoped(symbol_table_free) struct symbol_table *whole = NULL, *t = NULL;
		char path[512], full[600];

		if (access(temp_path(path, PROGRAMS, programs[i]), R_OK) != 0)
			skip();
		snprintf(full, sizeof(full), "%s.full", path);
		whole = symbols_load(full);
		t = symbols_load(path);
		assert_non_null(whole);
		assert_non_null(t);
		expect_same(symbols_find(whole, "first"), symbols_find(t, "main.first"));
		expect_same(symbols_find(whole, "second"),
			    symbols_find(t, "main.(*T[...]).second"));
		assert_null(symbols_find(t, "first"));
		assert_null(symbols_find(whole, "main.first"));
	}
}

/* An unknown version, and tables with an error, in the form of Go 1.20 and,
 * where the header has no start of the text, of 1.26: no name may be believed. */
static void test_unconfirmed(void **state)
{
	static const char *const programs[] = {
		"go_none",
		"go_fault_ENTRY",
		"go_fault_HEADER",
		"go_fault_MODULE_TEXT",
		"go_fault_OUTSIDE",
		"go_fault_MAXPC",
		"go_fault_ETEXT",
		"go_fault_COUNT",
		"go_fault_NO_MODULE",
		"go_fault_26_ENTRY",
		"go_fault_26_MODULE_TEXT",
		"go_fault_26_OUTSIDE",
		"go_fault_26_MAXPC",
		"go_fault_26_ETEXT",
		"go_fault_26_COUNT",
		"go_fault_26_NO_MODULE",
	};

	(void)state;
	for (size_t i = 0; i < array_size(programs); i++) {
		char path[512];

		if (access(temp_path(path, PROGRAMS, programs[i]), R_OK) != 0)
			skip();
		assert_null(symbols_load(path));
	}
}

/* Programs of the Go that is installed: with symbols, and stripped. */
static void test_real_program(void **state)
{
	scoped(symbol_table_free) struct symbol_table *whole = NULL, *t = NULL;
	static const char *const names[] = {"main.main", "main.work", "runtime.mallocgc",
					    "runtime.gcStart", "runtime.goexit1"};

	(void)state;
	if (access(PROGRAMS "/real_go", R_OK) != 0)
		skip();
	whole = symbols_load(PROGRAMS "/real_go.full");
	t = symbols_load(PROGRAMS "/real_go");
	assert_non_null(whole);
	assert_non_null(t);
	assert_true(t->items.n > 500);
	for (size_t i = 0; i < array_size(names); i++) {
		const struct symbol *a = symbols_find(whole, names[i]);
		const struct symbol *b = symbols_find(t, names[i]);

		assert_non_null(a);
		assert_non_null(b);
		assert_int_equal(a->start, b->start);
		/* Up to the next function, including the padding. */
		assert_true(b->end >= a->end && b->end < a->end + 64);
	}
}

/* One name for a function, whichever convention it is called by; none for sections. */
static void test_names(void **state)
{
	static const struct {
		const char *name;
		size_t len;
	} names[] = {
		{"runtime.mcall", 13},
		{"runtime.mcall.abi0", 13},
		{"a.b.abiinternal", 3},
		{".abi0", 5},
		{"main.(*T).run", 13},
		{"main.f[go.shape.int].abi0", 20},
		{"main.(*T[...]).run", 18},
		{"runtime/cgo(.text)", 0},
		{"x(.text.unlikely)", 0},
		{"main.abi0.func1", 15},
		{"f(.text) [clone]", 16},
		{"(.text)", 7},
		{"", 0},
	};

	(void)state;
	for (size_t i = 0; i < array_size(names); i++)
		assert_int_equal(go_program_name_len(names[i].name), names[i].len);
}

/* No symbol of a real program shows how it is called. */
static void test_real_suffix(void **state)
{
	scoped(symbol_table_free) struct symbol_table *whole = NULL;
	const struct symbol *sym;

	(void)state;
	if (access(PROGRAMS "/real_go.full", R_OK) != 0)
		skip();
	whole = symbols_load(PROGRAMS "/real_go.full");
	assert_non_null(whole);
	assert_non_null(symbols_find(whole, "runtime.memmove"));
	vec_each(sym, &whole->items)
		assert_null(strstr(sym->name, ".abi0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions),     cmocka_unit_test(test_unconfirmed),
		cmocka_unit_test(test_real_program), cmocka_unit_test(test_names),
		cmocka_unit_test(test_real_suffix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
