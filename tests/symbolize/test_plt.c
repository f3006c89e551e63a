#include "base/scoped.h"
#include "symbolize/source_elf.h"
#include "tests/elf/witness.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#ifndef OBJDUMP
#define OBJDUMP ""
#endif
#ifndef LLVM_OBJDUMP
#define LLVM_OBJDUMP ""
#endif

static struct symbol_table *load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct debug_search search = debug_search_of(NULL, path, fd);
	struct symbol_table *t;
	struct error err;

	if (fd < 0)
		skip();
	t = source_elf_load(fd, &search, &err);
	debug_search_release(&search);
	close(fd);
	assert_non_null(t);
	return t;
}

static uint64_t offset_of(const char *path, uint64_t vaddr)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct error err;
	scoped(elf_file_close) struct elf_file *f = elf_file_open(fd, &err);
	uint64_t file_off;

	assert_non_null(f);
	assert_true(elf_file_offset(f, vaddr, &file_off));
	close(fd);
	return file_off;
}

static bool is_stub(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && strcmp(name + len - 4, "@plt") == 0;
}

/* All stubs that a disassembler sees, and no others but 'n_chosen' to which it gives
 * numbers for names. */
static void expect_same(const char *objdump, const char *program, size_t n_chosen)
{
	char path[512], command[1024], line[1024];
	scoped(symbol_table_free) struct symbol_table *t =
		load(temp_path(path, PROGRAMS, program));
	size_t n = 0, n_ours = 0;
	const struct symbol *sym;
	FILE *in;

	if (!*objdump)
		skip();
	snprintf(command, sizeof(command), "%s -d '%s'", objdump, path);
	in = popen(command, "r");
	assert_non_null(in);
	while (fgets(line, sizeof(line), in)) {
		unsigned long long vaddr;
		char name[256];

		if (sscanf(line, "%llx <%255[^>]>:", &vaddr, name) != 2 ||
		    !is_stub(name) || *name == '*')
			continue;
		sym = symbol_table_find(t, offset_of(path, vaddr));
		assert_non_null(sym);
		assert_string_equal(sym->name, name);
		assert_int_equal(sym->start, offset_of(path, vaddr));
		n++;
	}
	assert_int_equal(pclose(in), 0);
	vec_each(sym, &t->items)
		n_ours += is_stub(sym->name);
	assert_true(n > 1);
	assert_int_equal(n_ours, n + n_chosen);
}

static void test_lazy(void **state)
{
	(void)state;
	expect_same(OBJDUMP, "calls_lazy", 1);
}

static void test_now(void **state)
{
	(void)state;
	expect_same(OBJDUMP, "calls_now", 1);
}

static void test_endbr64(void **state)
{
	(void)state;
	expect_same(OBJDUMP, "calls_ibt", 1);
}

static void test_lld(void **state)
{
	(void)state;
	expect_same(OBJDUMP, "calls_lld", 1);
}

static void test_aarch64(void **state)
{
	(void)state;
	expect_same(LLVM_OBJDUMP, "calls_arm", 0);
	expect_same(LLVM_OBJDUMP, "calls_arm_pac", 0);
}

/* Stripped of its symbols it still has its relocations. */
static void test_stripped(void **state)
{
	(void)state;
	expect_same(OBJDUMP, "calls_stripped", 0);
}

static struct symbol *find(struct symbol_table *t, const char *name)
{
	struct symbol *sym;

	vec_each(sym, &t->items)
		if (strcmp(sym->name, name) == 0)
			return sym;
	return NULL;
}

/* The stub of a function that the program chooses at its start gets the name of that
 * function. */
static void test_chosen(void **state)
{
	static const char *const programs[] = {"calls_lazy", "calls_ibt", "calls_static"};

	(void)state;
	for (size_t i = 0; i < array_size(programs); i++) {
		char path[512];
		scoped(symbol_table_free) struct symbol_table *t =
			load(temp_path(path, PROGRAMS, programs[i]));

		assert_non_null(find(t, "chosen@plt"));
		assert_non_null(find(t, "chosen"));
	}
}

/* Code before the first stub is not a stub. */
static void test_rest_of_the_section(void **state)
{
	scoped(symbol_table_free) struct symbol_table *t = load(PROGRAMS "/calls_lazy");
	const struct symbol *rest = find(t, ".plt"), *sym;

	(void)state;
	assert_non_null(rest);
	assert_ptr_equal(symbol_table_find(t, rest->start + 15), rest);
	sym = symbol_table_find(t, rest->start + 16);
	assert_true(is_stub(sym->name));
	assert_int_equal(sym->end - sym->start, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lazy),
		cmocka_unit_test(test_now),
		cmocka_unit_test(test_endbr64),
		cmocka_unit_test(test_lld),
		cmocka_unit_test(test_aarch64),
		cmocka_unit_test(test_stripped),
		cmocka_unit_test(test_chosen),
		cmocka_unit_test(test_rest_of_the_section),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
