/* Compares tables with readelf's output for the same files. */
#include "base/scoped.h"
#include "base/vec.h"
#include "tests/files.h"
#include "tests/test.h"
#include "unwind/unwind_regs.h"
#include "unwind/unwind_table.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef READELF
#define READELF ""
#endif

enum { COLUMNS = 24, TEXT = 24 };

/* A row of readelf's, with the names of its columns. */
struct line {
	uint64_t vaddr;
	char cells[COLUMNS][TEXT];
	size_t n;
};

/* A description of frames. */
struct described {
	uint64_t end;
	struct line heads;
	struct line row;
	bool has_row;
};

struct checked {
	struct elf_file *f;
	struct unwind_table *t;
	size_t rows;
};

static int number_of(const struct checked *c, const char *name,
		     const struct unwind_rule *rule)
{
	static const char *const x86[] = {"rax", "rdx", "rcx", "rbx",
					  "rsi", "rdi", "rbp", "rsp"};

	if (strcmp(name, "ra") == 0)
		return rule->ra;
	if (elf_file_machine(c->f) == EM_AARCH64)
		return strcmp(name, "sp") == 0 ? 31 : atoi(name + 1);
	for (size_t i = 0; i < array_size(x86); i++)
		if (strcmp(name, x86[i]) == 0)
			return (int)i;
	return atoi(name + 1);
}

static void check_cfa(const struct checked *c, const struct unwind_rule *rule,
		      const char *cell)
{
	char name[TEXT];
	int offset;

	if (strcmp(cell, "exp") == 0) {
		assert_int_equal(rule->cfa_reg, UNWIND_NO_REG);
		assert_true(unwind_table_expression(c->t, rule->cfa).size > 0);
		return;
	}
	assert_int_equal(sscanf(cell, "%23[a-z0-9]%d", name, &offset), 2);
	assert_int_equal(rule->cfa_reg, number_of(c, name, rule));
	assert_int_equal(rule->cfa, offset);
}

static void check_register(const struct checked *c, const struct unwind_rule *rule,
			   const char *name, const char *cell)
{
	const struct unwind_saved *saved = unwind_rule_saved(rule), *it = NULL;
	int reg = number_of(c, name, rule);

	for (unsigned i = 0; i < rule->n; i++)
		if (saved[i].reg == reg)
			it = &saved[i];
	if (strcmp(cell, "u") == 0 || strcmp(cell, "s") == 0) {
		assert_true(!it || it->how == UNWIND_UNDEFINED);
		return;
	}
	assert_non_null(it);
	if (*cell == 'c') {
		assert_int_equal(it->how, UNWIND_AT_CFA);
		assert_int_equal(it->value, atoi(cell + 1));
	} else if (strcmp(cell, "exp") == 0) {
		assert_int_equal(it->how, UNWIND_AT_RESULT);
	} else if (strcmp(cell, "vexp") == 0) {
		assert_int_equal(it->how, UNWIND_RESULT);
	} else if (*cell == 'v') {
		assert_int_equal(it->how, UNWIND_CFA);
		assert_int_equal(it->value, atoi(cell + 1));
	} else {
		assert_int_equal(it->how, UNWIND_REGISTER);
		assert_int_equal(it->value, atoi(cell + 1));
	}
}

/* The row that was read last goes on until 'end'. */
static void check_row(struct checked *c, struct described *d, uint64_t end)
{
	const uint64_t at[] = {d->row.vaddr, end - 1};

	if (!d->has_row || end <= d->row.vaddr)
		return;
	c->rows++;
	for (size_t i = 0; i < array_size(at); i++) {
		const struct unwind_rule *rule;
		uint64_t file_off;

		assert_true(elf_file_offset(c->f, at[i], &file_off));
		rule = unwind_table_find(c->t, file_off);
		assert_non_null(rule);
		check_cfa(c, rule, d->row.cells[0]);
		for (size_t k = 1; k < d->heads.n; k++)
			check_register(c, rule, d->heads.cells[k], d->row.cells[k]);
	}
}

/* Splits a line into words; the first one is an address. */
static void cut(char *text, struct line *line)
{
	char *word = strtok(text, " \n");

	line->n = 0;
	line->vaddr = strtoull(word, NULL, 16);
	while ((word = strtok(NULL, " \n")) && line->n < COLUMNS)
		if (*word != '(') /* the name of the register with the number before it */
			snprintf(line->cells[line->n++], TEXT, "%s", word);
}

static void check_line(struct checked *c, struct described *d, char *line)
{
	char *pc = strstr(line, " pc=");
	unsigned long long start, end;

	if (pc && sscanf(pc, " pc=%llx..%llx", &start, &end) == 2) {
		check_row(c, d, d->end);
		*d = (struct described){.end = end};
	} else if (strstr(line, " CIE ")) {
		check_row(c, d, d->end);
		*d = (struct described){0};
	} else if (strncmp(line, "   LOC ", 7) == 0) {
		cut(line, &d->heads);
	} else if (strlen(line) > 17 && line[16] == ' ' && d->end) {
		struct line row;

		cut(line, &row);
		check_row(c, d, row.vaddr);
		d->row = row;
		d->has_row = true;
	}
}

/* Checks every row that readelf prints. */
static size_t check(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct described d = {0};
	struct checked c = {0};
	char command[1024], line[1024];
	struct error err;
	FILE *in;

	if (!*READELF || fd < 0)
		skip();
	c.f = elf_file_open(fd, &err);
	assert_non_null(c.f);
	c.t = unwind_table_new(c.f, NULL, -1, SIZE_MAX);
	assert_non_null(c.t);
	snprintf(command, sizeof(command),
		 "%s --debug-dump=frames-interp '%s' 2>/dev/null", READELF, path);
	in = popen(command, "r");
	assert_non_null(in);
	while (fgets(line, sizeof(line), in))
		check_line(&c, &d, line);
	check_row(&c, &d, d.end);
	pclose(in);
	assert_true(unwind_table_rows(c.t) > 0);
	unwind_table_free(&c.t);
	close(fd);
	return c.rows;
}

static void test_libc(void **state)
{
	Dl_info info;

	(void)state;
	assert_true(dladdr((void *)(uintptr_t)qsort, &info));
	assert_true(check(info.dli_fname) > 1000);
}

/* The dynamic linker and libcrypto have assembly, with other frames than a compiler's. */
static void test_assembly(void **state)
{
	static const char *const paths[] = {"/lib64/ld-linux-x86-64.so.2",
					    "/lib/ld-linux-aarch64.so.1",
					    "/usr/lib/x86_64-linux-gnu/libcrypto.so.3"};
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < array_size(paths); i++)
		if (access(paths[i], R_OK) == 0)
			n += check(paths[i]);
	if (!n)
		skip();
}

static void test_programs(void **state)
{
	static const char *const names[] = {"pie", "static", "chain_5", "chain_clang_5",
					    "words_5"};
	char path[512];

	(void)state;
	for (size_t i = 0; i < array_size(names); i++)
		if (access(temp_path(path, PROGRAMS, names[i]), R_OK) == 0)
			assert_true(check(path) > 0);
}

static void test_arm64(void **state)
{
	char path[512];

	(void)state;
	assert_true(check(temp_path(path, PROGRAMS, "calls_arm")) > 0);
	assert_true(check(temp_path(path, PROGRAMS, "calls_arm_pac")) > 0);
}

/* Nothing but .debug_frame. */
static void test_debug_frame(void **state)
{
	char path[512];

	(void)state;
	assert_true(check(temp_path(path, PROGRAMS, "frames_debug")) > 0);
}

static void test_bound(void **state)
{
	char path[512];
	int fd = open(temp_path(path, PROGRAMS, "static"), O_RDONLY | O_CLOEXEC);
	struct error err;
	struct unwind_table *t =
		unwind_table_new(elf_file_open(fd, &err), NULL, -1, SIZE_MAX);
	size_t bytes;

	(void)state;
	assert_non_null(t);
	bytes = unwind_table_bytes(t);
	assert_true(bytes < 64 << 20);
	unwind_table_free(&t);
	assert_null(unwind_table_new(elf_file_open(fd, &err), NULL, -1, bytes / 4));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_libc),	    cmocka_unit_test(test_assembly),
		cmocka_unit_test(test_programs),    cmocka_unit_test(test_arm64),
		cmocka_unit_test(test_debug_frame), cmocka_unit_test(test_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
