/* Bounds of functions and of gaps between them, code, and tables of files that were
 * damaged. */
#include "tests/unwind/hand_stack.h"

#include "base/scoped.h"
#include "elf/vdso.h"
#include "tests/files.h"
#include "unwind/cfi_index.h"
#include "unwind/unwind_table.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { GROWTH = 16384 };

static struct unwind_table *open_table(const char *path, size_t most_bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct error err;

	if (fd < 0)
		skip();
	return unwind_table_new(elf_file_open(fd, &err), NULL, fd, most_bytes);
}

static struct unwind_table *open_program(const char *name)
{
	char path[512];

	return open_table(temp_path(path, PROGRAMS, name), SIZE_MAX);
}

static void expect_bounds(struct unwind_table *t, uint64_t file_off, bool is_function,
			  uint64_t start, uint64_t end)
{
	uint64_t got_start, got_end;

	assert_int_equal(unwind_table_function(t, file_off, &got_start, &got_end),
			 is_function);
	assert_int_equal(got_start, start);
	assert_int_equal(got_end, end);
}

static uint64_t offset_of(const struct hand_stack *s, const char *name, uint64_t into)
{
	return hand_stack_at(s, name, into) - CODE;
}

static void test_functions(void **state)
{
	struct hand_stack *s = hand_stack_new("calls");
	scoped(unwind_table_free) struct unwind_table *t = open_program("calls");
	uint64_t work = offset_of(s, "work", 0);

	(void)state;
	/* By FDEs, by symbols, and a gap without any. */
	expect_bounds(t, work, true, work, work + 3);
	expect_bounds(t, work + 2, true, work, work + 3);
	expect_bounds(t, offset_of(s, "asm_outer", 3), true, offset_of(s, "asm_outer", 0),
		      offset_of(s, "asm_inner", 0));
	expect_bounds(t, offset_of(s, "asm_inner", 0), true, offset_of(s, "asm_inner", 0),
		      offset_of(s, "tail", 0));
	expect_bounds(t, offset_of(s, "by_hand", 16), false, offset_of(s, "by_hand", 1),
		      offset_of(s, "trampoline", 0));
	expect_bounds(t, work + 3, false, work + 3, offset_of(s, "other", 0));
	hand_stack_free(s);
}

/* Rules end at a damaged instruction, also if they are first looked up after it. */
static void test_damaged_rules(void **state)
{
	struct hand_stack *s = hand_stack_new("frames");
	scoped(unwind_table_free) struct unwind_table *t = open_program("frames");
	uint64_t garbled = offset_of(s, "garbled", 0);

	(void)state;
	assert_non_null(unwind_table_find(t, garbled));
	assert_null(unwind_table_find(t, garbled + 4));
	unwind_table_free(&t);
	t = open_program("frames");
	assert_null(unwind_table_find(t, garbled + 4));
	assert_non_null(unwind_table_find(t, garbled + 3));
	hand_stack_free(s);
}

/* The index of a copy of a program, to be damaged. */
struct copy {
	char dir[64], path[512];
	uint8_t *bytes;
	size_t size;
	uint64_t index_at, frames_at; /* file_offs of .eh_frame_hdr and .eh_frame */
	struct cfi_index index;
	uint64_t frames_vaddr;
};

static void copy_open(struct copy *c)
{
	int fd = open(PROGRAMS "/pie", O_RDONLY | O_CLOEXEC);
	const struct elf_section *s;
	struct elf_file *f;
	struct error err;

	temp_dir_make(c->dir);
	temp_path(c->path, c->dir, "copy");
	c->bytes = file_read(PROGRAMS "/pie", &c->size);
	f = elf_file_open(fd, &err);
	assert_non_null(f);
	s = elf_file_section(f, elf_file_find(f, ".eh_frame_hdr"));
	c->index_at = s->file_off;
	assert_true(cfi_index_open(&c->index, bytes_of(c->bytes + s->file_off, s->size),
				   s->vaddr));
	s = elf_file_section(f, elf_file_find(f, ".eh_frame"));
	c->frames_at = s->file_off;
	c->frames_vaddr = s->vaddr;
	elf_file_close(&f);
	close(fd);
	assert_true(c->index.n > 4);
}

static void copy_close(struct copy *c)
{
	mem_free(c->bytes);
	temp_dir_remove(c->dir);
}

/* Looks a rule up after the change. */
static bool has_rule(const struct copy *c, uint64_t file_off, uint64_t *end)
{
	scoped(unwind_table_free) struct unwind_table *t = NULL;
	uint64_t start;
	bool found;

	file_write(c->path, c->bytes, c->size);
	t = open_table(c->path, SIZE_MAX);
	assert_non_null(t);
	found = unwind_table_find(t, file_off);
	unwind_table_function(t, file_off, &start, end);
	return found;
}

/* An index that names the FDE of other code: the last bits of its address differ. */
static void test_index_of_other_code(void **state)
{
	struct copy c;
	uint64_t start, frame, end;
	uint8_t *entry;

	(void)state;
	copy_open(&c);
	cfi_index_at(&c.index, 2, &start, &frame);
	assert_true(has_rule(&c, start, &end));
	entry = c.bytes + c.index_at + 12 + 8 * 2;
	memcpy(entry + 4, entry + 12, 4);
	assert_false(has_rule(&c, start, &end));
	copy_close(&c);
}

/* An FDE that reaches over the next one. */
static void test_long_fde(void **state)
{
	static const uint32_t huge = 0x100000;
	struct copy c;
	uint64_t start, frame, next, end;

	(void)state;
	copy_open(&c);
	cfi_index_at(&c.index, 3, &next, &frame);
	cfi_index_at(&c.index, 2, &start, &frame);
	memcpy(c.bytes + c.frames_at + (frame - c.frames_vaddr) + 12, &huge, 4);
	assert_true(has_rule(&c, start, &end));
	assert_int_equal(end, next);
	copy_close(&c);
}

/* A table does not grow much beyond its limit while rules are looked up. */
static void test_growth(void **state)
{
	char path[512];
	struct unwind_table *t =
		open_table(temp_path(path, PROGRAMS, "static"), SIZE_MAX);
	size_t bytes = unwind_table_bytes(t);

	(void)state;
	unwind_table_free(&t);
	t = open_table(path, bytes);
	assert_non_null(t);
	for (uint64_t at = 0; at < 1 << 20; at += 16)
		unwind_table_find(t, at);
	assert_true(unwind_table_bytes(t) < bytes + GROWTH);
	unwind_table_free(&t);
	t = open_table(path, SIZE_MAX);
	for (uint64_t at = 0; at < 1 << 20; at += 16)
		unwind_table_find(t, at);
	assert_true(unwind_table_bytes(t) > bytes + GROWTH);
	unwind_table_free(&t);
}

/* Code of an image in memory is that of its .text. */
static void test_image_code(void **state)
{
	scoped(unwind_table_free) struct unwind_table *t = NULL;
	const struct elf_section *text;
	struct error err;
	struct elf_file *f = source_vdso_open(NULL, &err);
	uint64_t end;
	uint8_t code[16];

	(void)state;
	if (!f || !elf_file_find(f, ".text"))
		skip();
	text = elf_file_section(f, elf_file_find(f, ".text"));
	end = text->file_off + text->size;
	t = unwind_table_new(f, NULL, -1, SIZE_MAX);
	assert_non_null(t);
	assert_int_equal(unwind_table_code(t, text->file_off, code, sizeof(code)),
			 sizeof(code));
	assert_int_equal(unwind_table_code(t, end - 4, code, sizeof(code)), 4);
	assert_int_equal(unwind_table_code(t, end, code, sizeof(code)), 0);
	assert_int_equal(unwind_table_code(t, text->file_off - 1, code, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_functions),
		cmocka_unit_test(test_damaged_rules),
		cmocka_unit_test(test_index_of_other_code),
		cmocka_unit_test(test_long_fde),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_image_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
