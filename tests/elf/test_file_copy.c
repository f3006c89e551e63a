/* Copies of ELF files that hold only the parts for names and unwinding. */
#include "elf/copy_plan.h"
#include "elf/keep/file_copy.h"

#include "base/fd.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "elf/elf_file.h"
#include "tests/elf/witness.h"
#include "tests/test.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Copies what the plan for the file asks for. */
static int copy_make(int fd, size_t most, size_t *bytes)
{
	scoped(mem_release) struct copy_plan *plan = mem_new(1, sizeof(*plan));

	return copy_plan_make(fd, plan) ? file_copy_parts(fd, plan, most, bytes) : -1;
}

static int program_open(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static uint64_t size_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return (uint64_t)st.st_size;
}

/* Sections that the copy lacks look empty; all others have the same bytes. */
static void sections_compare(int from, int to, size_t *n_missing)
{
	struct error err;
	scoped(elf_file_close) struct elf_file *a = elf_file_open(from, &err);
	scoped(elf_file_close) struct elf_file *b = elf_file_open(to, &err);
	const struct elf_section *s, *copy;

	assert_non_null(a);
	assert_non_null(b);
	for (size_t i = 0; (s = elf_file_section(a, i)); i++) {
		struct bytes x, y;

		copy = elf_file_section(b, i);
		assert_non_null(copy);
		assert_string_equal(copy->name, s->name);
		*n_missing += copy->type != s->type;
		if (copy->type != s->type) {
			assert_int_equal(copy->type, SHT_NOBITS);
			assert_int_equal(elf_file_data(b, i).size, 0);
			continue;
		}
		x = elf_file_data(a, i);
		y = elf_file_data(b, i);
		assert_int_equal(x.size, y.size);
		if (x.size)
			assert_memory_equal(x.data, y.data, x.size);
	}
}

static void a_copy_reads_like_the_file(void **state)
{
	scoped(fd_close) int fd = program_open();
	size_t bytes = 0, n_missing = 0;
	scoped(fd_close) int copy = copy_make(fd, (size_t)64 << 20, &bytes);

	(void)state;
	assert_true(copy >= 0);
	assert_true(bytes > 0 && bytes <= size_of(fd) + 4096);
	assert_int_equal(size_of(copy), size_of(fd));
	assert_int_equal(fcntl(copy, F_GETFL) & O_ACCMODE, O_RDONLY);
	sections_compare(fd, copy, &n_missing);
	assert_int_equal(n_missing, 0);
}

static void names_come_before_dwarf(void **state)
{
	scoped(fd_close) int fd = program_open();
	struct error err;
	scoped(elf_file_close) struct elf_file *f = elf_file_open(fd, &err);
	size_t bytes = 0, n_missing = 0, dwarf = 0;
	const struct elf_section *s;
	int copy = -1;

	(void)state;
	for (size_t i = 0; (s = elf_file_section(f, i)); i++)
		if (strncmp(s->name, ".debug_", 7) == 0)
			dwarf += s->size;
	if (size_of(fd) <= 256 << 10 || dwarf < 4096)
		skip();
	copy = copy_make(fd, size_of(fd) - dwarf, &bytes);
	assert_true(copy >= 0);
	assert_true(bytes <= size_of(fd) - dwarf);
	sections_compare(fd, copy, &n_missing);
	assert_true(n_missing > 0);
	close(copy);
}

static void what_does_not_fit_is_not_copied(void **state)
{
	scoped(fd_close) int fd = program_open();
	scoped(fd_close) int text = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	size_t bytes;

	(void)state;
	assert_int_equal(copy_make(fd, 100, &bytes), -1);
	assert_int_equal(copy_make(fd, 0, &bytes), -1);
	assert_int_equal(copy_make(text, 1 << 20, &bytes), -1);
	assert_true(file_copy_budget() > 0 && file_copy_budget() <= (size_t)256 << 20);
}

/* The plan comes from a process that reads bytes of other people. */
static void a_wrong_plan_copies_nothing_else(void **state)
{
	static const struct copy_part wrong[] = {
		{.at = UINT64_MAX, .size = 2, .need = COPY_NEEDED},
		{.at = 0, .size = UINT64_MAX, .need = COPY_NEEDED},
		{.at = 1, .size = 1 << 20, .need = COPY_NEEDED},
	};
	scoped(mem_release) struct copy_plan *plan = mem_new(1, sizeof(*plan));
	scoped(fd_close) int fd = program_open();
	size_t bytes = 0;

	(void)state;
	for (size_t i = 0; i < array_size(wrong); i++) {
		plan->n = 1;
		plan->parts[0] = wrong[i];
		assert_int_equal(file_copy_parts(fd, plan, 1 << 20, &bytes), -1);
	}
	plan->n = UINT32_MAX;
	for (size_t i = 0; i < COPY_PARTS_MAX; i++)
		plan->parts[i] = (struct copy_part){.at = 0,
						    .size = 4096,
						    .type_at = UINT64_MAX - i,
						    .need = COPY_WANTED};
	{
		scoped(fd_close) int copy = file_copy_parts(fd, plan, 1 << 16, &bytes);

		assert_true(copy >= 0);
		assert_int_equal(bytes, 1 << 16);
		assert_int_equal(size_of(copy), size_of(fd));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_reads_like_the_file),
		cmocka_unit_test(names_come_before_dwarf),
		cmocka_unit_test(what_does_not_fit_is_not_copied),
		cmocka_unit_test(a_wrong_plan_copies_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
