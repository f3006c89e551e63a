/* Without section headers a file has the same tables as with them. */
#include "elf/elf_dynamic.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "elf/elf_file.h"
#include "tests/files.h"
#include "tests/test.h"

#include <elf.h>
#include <string.h>

enum { STEP = 512 }; /* bytes between two truncations */

/* This program, without its section headers if 'is_cut'. */
static char *program_read(bool is_cut, size_t *n)
{
	char *data = file_read("/proc/self/exe", n);
	Elf64_Ehdr header;

	memcpy(&header, data, sizeof(header));
	if (is_cut)
		header.e_shoff = header.e_shnum = header.e_shstrndx = 0;
	memcpy(data, &header, sizeof(header));
	return data;
}

static const struct elf_section *section_of(struct elf_file *f, const char *name)
{
	size_t number = elf_file_find(f, name);

	assert_int_not_equal(number, 0);
	return elf_file_section(f, number);
}

static void tables_are_those_of_the_sections(void **state)
{
	static const char *const names[] = {".dynsym", ".dynstr", ".eh_frame_hdr",
					    ".eh_frame", ".dynamic"};
	size_t n, n_cut;
	scoped(mem_release) char *data = program_read(false, &n);
	scoped(mem_release) char *cut_data = program_read(true, &n_cut);
	struct error err;
	scoped(elf_file_close) struct elf_file *whole = elf_file_of_image(data, n, &err);
	scoped(elf_file_close) struct elf_file *cut =
		elf_file_of_image(cut_data, n_cut, &err);

	(void)state;
	assert_non_null(whole);
	assert_non_null(cut);
	for (size_t i = 0; i < array_size(names); i++) {
		const struct elf_section *a = section_of(whole, names[i]);
		const struct elf_section *b = section_of(cut, names[i]);

		assert_int_equal(a->vaddr, b->vaddr);
		assert_int_equal(a->file_off, b->file_off);
		assert_int_equal(a->size, b->size);
		assert_int_equal(elf_file_data(cut, elf_file_find(cut, names[i])).size,
				 a->size);
	}
	assert_string_equal(elf_file_section(cut, section_of(cut, ".dynsym")->link)->name,
			    ".dynstr");
	assert_int_equal(elf_file_find(cut, ".text"), 0);
}

/* Files end anywhere; sanitizers see a read beyond the end. */
static void truncated_files(void **state)
{
	size_t n;
	scoped(mem_release) char *data = program_read(true, &n);

	(void)state;
	for (size_t size = 0; size < n && size < STEP * 512; size += STEP) {
		scoped(mem_release) char *copy = mem_str(data, size);
		struct error err;
		scoped(elf_file_close) struct elf_file *f =
			elf_file_of_image(copy, size, &err);

		for (size_t i = 0; f && elf_file_section(f, i); i++)
			elf_file_data(f, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_are_those_of_the_sections),
		cmocka_unit_test(truncated_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
