/* Line number tables of compilers, and tables made by hand with one field that is
 * wrong. */
#include "symbolize/dwarf/line_table_check.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "elf/elf_file.h"
#include "tests/files.h"
#include "tests/test.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ADDRESS_SIZE = 8, TABLE_MAX = 256 };

/* A table with one directory, one file and a short program, and the places of its
 * fields. */
struct table {
	uint8_t bytes[TABLE_MAX];
	size_t size;
	size_t version, header_length, max_operations, line_range, opcode_base;
	size_t lists, program;
};

static size_t put(struct table *t, const void *data, size_t size)
{
	size_t at = t->size;

	assert_true(size <= TABLE_MAX - at);
	if (size)
		memcpy(t->bytes + at, data, size);
	t->size += size;
	return at;
}

#define PUT(t, ...)                                                                      \
	put(t, (const uint8_t[]){__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}))

static void put_lists(struct table *t, unsigned version)
{
	if (version < 5) {
		t->lists = PUT(t, 'd', 0, 0);
		PUT(t, 'a', 0, 1, 2, 0x83, 1, 0);
		return;
	}
	t->lists = PUT(t, 1, DW_LNCT_path, DW_FORM_string, 1, 'd', 0);
	PUT(t, 3, DW_LNCT_path, DW_FORM_string, DW_LNCT_directory_index, DW_FORM_udata,
	    DW_LNCT_MD5, DW_FORM_data16, 1);
	PUT(t, 'a', 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
}

static void put_program(struct table *t)
{
	t->program = PUT(t, 0, 9, DW_LNE_set_address, 0, 0x10, 0x40, 0, 0, 0, 0, 0);
	PUT(t, 0, 2, DW_LNE_set_discriminator, 3);
	PUT(t, DW_LNS_advance_line, 0x7f, DW_LNS_copy, DW_LNS_fixed_advance_pc, 1, 0);
	PUT(t, 0x20, DW_LNS_advance_pc, 0x81, 1, 0, 1, DW_LNE_end_sequence);
}

/* Writes the lengths of the unit and of the header. */
static void set_lengths(struct table *t, bool is_wide)
{
	size_t before_version = is_wide ? 12 : 4, size = is_wide ? 8 : 4;
	uint64_t unit = t->size - before_version;
	uint64_t header = t->program - t->header_length - size;

	memcpy(t->bytes + before_version - size, &unit, size);
	memcpy(t->bytes + t->header_length, &header, size);
}

static struct table table_of(uint8_t version, bool is_wide)
{
	struct table t = {0};

	if (is_wide)
		PUT(&t, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);
	PUT(&t, 0, 0, 0, 0);
	t.version = PUT(&t, version, 0);
	if (version >= 5)
		PUT(&t, ADDRESS_SIZE, 0);
	t.header_length = PUT(&t, 0, 0, 0, 0);
	if (is_wide)
		PUT(&t, 0, 0, 0, 0);
	PUT(&t, 1);
	if (version >= 4)
		t.max_operations = PUT(&t, 1);
	PUT(&t, 1, 0xfb);
	t.line_range = PUT(&t, 14);
	t.opcode_base = PUT(&t, 13);
	PUT(&t, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1);
	put_lists(&t, version);
	put_program(&t);
	set_lengths(&t, is_wide);
	return t;
}

static bool check_section(struct bytes section, uint64_t offset)
{
	const struct line_table t = {
		.line = section, .offset = offset, .address_size = ADDRESS_SIZE};
	uint64_t memory;

	return line_table_check(&t, &memory);
}

/* The result for a copy of its own, so that AddressSanitizer sees one byte too far. */
static bool check_bytes(const uint8_t *data, size_t size, uint64_t offset)
{
	uint8_t *exact = mem_resize(NULL, size + 1, 1);
	bool is_good;

	memcpy(exact + 1, data, size);
	is_good = check_section(bytes_of(exact + 1, size), offset);
	mem_free(exact);
	return is_good;
}

static bool check(const struct table *t)
{
	return check_bytes(t->bytes, t->size, 0);
}

/* The result if one byte were another. */
static bool check_with(const struct table *t, size_t at, uint8_t value)
{
	struct table other = *t;

	other.bytes[at] = value;
	return check(&other);
}

static void test_versions(void **state)
{
	(void)state;
	for (uint8_t version = 0; version < 8; version++)
		for (int is_wide = 0; is_wide < 2; is_wide++) {
			struct table t = table_of(version, is_wide);
			bool is_known = version >= 2 && version <= 5;

			assert_int_equal(check(&t), is_known);
			assert_false(check_with(&t, t.version + 1, 1));
		}
}

/* A table may be anywhere in the section, and others after it. */
static void test_place(void **state)
{
	struct table t = table_of(4, false), more = {0};

	(void)state;
	PUT(&more, 1, 2, 3);
	put(&more, t.bytes, t.size);
	put(&more, t.bytes, t.size);
	assert_true(check_bytes(more.bytes, more.size, 3));
	assert_true(check_bytes(more.bytes, more.size, 3 + t.size));
	assert_false(check_bytes(more.bytes, more.size, 0));
	assert_false(check_bytes(more.bytes, more.size, more.size));
	assert_false(check_bytes(more.bytes, more.size, more.size + 1));
	assert_false(check_bytes(more.bytes, more.size, UINT64_MAX));
}

/* No prefix of a table is a table; neither is one whose lengths were made to fit the
 * prefix. */
static void test_truncated(void **state)
{
	(void)state;
	for (uint8_t version = 2; version <= 5; version++) {
		const struct table t = table_of(version, false);

		for (size_t n = 0; n < t.size; n++) {
			struct table part = t;

			assert_false(check_bytes(t.bytes, n, 0));
			if (n >= t.header_length + 4 && n < t.program) {
				part.size = part.program = n;
				set_lengths(&part, false);
				assert_false(check(&part));
			}
		}
	}
}

/* libdw 0.192 reads up to the end that header_length states. */
static void test_header_length(void **state)
{
	(void)state;
	for (uint8_t version = 2; version <= 5; version++) {
		const struct table t = table_of(version, false);
		uint8_t length = t.bytes[t.header_length];

		for (unsigned other = 0; other < 256; other++)
			assert_int_equal(check_with(&t, t.header_length, (uint8_t)other),
					 other == length);
		assert_false(check_with(&t, t.header_length + 1, 1));
		assert_false(check_with(&t, t.header_length + 3, 0xff));
	}
}

static void test_fixed_fields(void **state)
{
	(void)state;
	for (uint8_t version = 2; version <= 5; version++) {
		const struct table t = table_of(version, false);

		assert_false(check_with(&t, t.line_range, 0));
		assert_true(check_with(&t, t.line_range, 1));
		assert_false(check_with(&t, t.opcode_base, 0));
		assert_false(check_with(&t, t.opcode_base, 255));
		for (size_t i = 1; i <= 12; i++)
			assert_false(check_with(&t, t.opcode_base + i, 2));
		if (version >= 4)
			assert_false(check_with(&t, t.max_operations, 0));
		if (version >= 5) {
			assert_false(check_with(&t, t.version + 2, 4));
			assert_false(check_with(&t, t.version + 3, 1));
		}
	}
}

/* Strings without an end, numbers without an end or with too many bytes. */
static void test_old_lists(void **state)
{
	const struct table t = table_of(3, false);

	(void)state;
	assert_false(check_with(&t, t.lists, 0));
	assert_false(check_with(&t, t.lists + 2, 'd'));
	assert_false(check_with(&t, t.program - 1, 'b'));
	assert_false(check_with(&t, t.program - 2, 0x80));
	assert_true(check_with(&t, t.program - 3, 0xff));
}

static void test_new_lists(void **state)
{
	static const uint8_t paths[] = {
		DW_FORM_data1, DW_FORM_udata, DW_FORM_block,	DW_FORM_strx1,
		DW_FORM_strx,  DW_FORM_addr,  DW_FORM_indirect, DW_FORM_flag_present};
	const struct table t = table_of(5, false);
	size_t files = t.lists + 6;

	(void)state;
	for (size_t i = 0; i < array_size(paths); i++)
		assert_false(check_with(&t, t.lists + 2, paths[i]));
	/* An offset in another section is longer than "d". */
	assert_false(check_with(&t, t.lists + 2, DW_FORM_line_strp));
	assert_false(check_with(&t, t.lists, 0));
	assert_false(check_with(&t, t.lists + 3, 0));
	assert_false(check_with(&t, t.lists + 3, 2));
	assert_false(check_with(&t, t.lists + 3, 0xff));
	assert_true(check_with(&t, files + 4, DW_FORM_data1));
	assert_false(check_with(&t, files + 4, DW_FORM_data2));
	assert_false(check_with(&t, files + 4, DW_FORM_string));
	assert_false(check_with(&t, files + 4, DW_FORM_data16));
	assert_false(check_with(&t, files + 6, DW_FORM_block));
	assert_false(check_with(&t, files + 6, DW_FORM_data8));
	assert_true(check_with(&t, files + 5, 0x41));
	assert_false(check_with(&t, files + 7, 0));
	assert_false(check_with(&t, files + 7, 2));
}

/* Forms and contents of more than 16 bits, of which libdw would read others. */
static void test_wide_numbers(void **state)
{
	struct table t = table_of(5, false), other = {0};
	size_t rest = t.lists + 3;

	(void)state;
	put(&other, t.bytes, t.lists);
	other.header_length = t.header_length;
	other.lists = PUT(&other, 1, DW_LNCT_path, 0x80 | DW_FORM_string, 0x80, 0x04);
	put(&other, t.bytes + rest, t.program - rest);
	put_program(&other);
	set_lengths(&other, false);
	assert_false(check(&other));
	other.bytes[other.lists + 4] = 0;
	assert_true(check(&other));
}

/* The program of a table of version 4 replaced by another one. */
static bool check_program(const uint8_t *program, size_t size)
{
	struct table t = table_of(4, false);

	t.size = t.program;
	put(&t, program, size);
	set_lengths(&t, false);
	return check(&t);
}

#define CHECK_PROGRAM(...)                                                               \
	check_program((const uint8_t[]){__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}))

static void test_program(void **state)
{
	(void)state;
	assert_true(check_program(NULL, 0));
	assert_true(CHECK_PROGRAM(0x20, 0xff, DW_LNS_copy, DW_LNS_const_add_pc));
	assert_true(CHECK_PROGRAM(DW_LNS_set_isa, 0xff, 0x7f));
	assert_true(CHECK_PROGRAM(0, 1, DW_LNE_end_sequence, 0x20));
	/* An unknown opcode, with its length. */
	assert_true(CHECK_PROGRAM(0, 3, 0x50, 0, 0));
	/* libdw 0.192 reads the directory of such a file, which may be NULL. */
	assert_false(CHECK_PROGRAM(0, 6, DW_LNE_define_file, 'a', 0, 0, 0, 0));
	assert_false(CHECK_PROGRAM(0, 3, 0x90, 0, 0));
	/* Lengths that are not those of the operands. */
	assert_false(CHECK_PROGRAM(0, 0, DW_LNE_end_sequence));
	assert_false(CHECK_PROGRAM(0, 2, DW_LNE_end_sequence, 0));
	assert_false(CHECK_PROGRAM(0, 5, DW_LNE_set_address, 0, 0, 0, 0));
	assert_false(CHECK_PROGRAM(0, 3, DW_LNE_set_discriminator, 1, 1));
	assert_false(CHECK_PROGRAM(0, 2, DW_LNE_set_discriminator, 0x80, 1));
	/* Instructions without an end. */
	assert_false(CHECK_PROGRAM(0));
	assert_false(CHECK_PROGRAM(0, 1));
	assert_false(CHECK_PROGRAM(0, 2, 0x50));
	assert_false(CHECK_PROGRAM(DW_LNS_advance_pc));
	assert_false(CHECK_PROGRAM(DW_LNS_advance_pc, 0x80));
	assert_false(CHECK_PROGRAM(DW_LNS_fixed_advance_pc, 1));
	/* Numbers of 10 bytes, and of 11. */
	assert_true(CHECK_PROGRAM(DW_LNS_advance_pc, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
				  0x80, 0x80, 0x80, 0));
	assert_false(CHECK_PROGRAM(DW_LNS_advance_pc, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
				   0x80, 0x80, 0x80, 0x80, 0));
}

static void test_noise(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (size_t i = 0; i < 20000; i++) {
		struct table t = table_of((uint8_t)(2 + i % 4), i % 8 >= 4);

		for (size_t n = 1 + random_below(&seed, 4); n; n--)
			t.bytes[random_below(&seed, t.size)] =
				(uint8_t)random_below(&seed, 256);
		check(&t);
	}
}

/* Returns the number of units with lines. */
static size_t check_file(const char *path)
{
	scoped(elf_file_close) struct elf_file *f = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	Dwarf_CU *unit = NULL;
	Dwarf *dwarf;
	struct error err;
	Dwarf_Die die;
	size_t n = 0;

	if (fd < 0)
		return 0;
	f = elf_file_open(fd, &err);
	assert_non_null(f);
	dwarf = dwarf_begin_elf(elf_file_dwarf(f, true), DWARF_C_READ, NULL);
	assert_non_null(dwarf);
	while (dwarf_get_units(dwarf, unit, &unit, NULL, NULL, &die, NULL) == 0) {
		Dwarf_Attribute attr;
		Dwarf_Word offset;
		Dwarf_Lines *lines;
		size_t n_lines;

		if (!dwarf_attr(&die, DW_AT_stmt_list, &attr) ||
		    dwarf_formudata(&attr, &offset) != 0)
			continue;
		assert_true(check_section(elf_file_dwarf_data(f, "line"), offset));
		n += dwarf_getsrclines(&die, &lines, &n_lines) == 0;
	}
	dwarf_end(dwarf);
	close(fd);
	return n;
}

/* libdw has a path for each file, with the directory and that of the unit, and a line for
 * most bytes of the program. */
static void test_memory(void **state)
{
	enum { FILES = 1000, DIRECTORY = 3000, LINES = 5000 };
	struct table t = table_of(4, false);
	uint8_t *section = mem_new(FILES * 6 + DIRECTORY + LINES + TABLE_MAX, 1);
	size_t size = t.lists, start, header, unit;
	struct line_table table = {.address_size = ADDRESS_SIZE};
	uint64_t memory;

	(void)state;
	memcpy(section, t.bytes, size);
	memset(section + size, 'd', DIRECTORY);
	size += DIRECTORY + 2;
	for (int i = 0; i < FILES; i++, size += 5)
		memcpy(section + size, "a\0\1\0", 4);
	start = ++size;
	memset(section + size, 0x20, LINES);
	size += LINES;
	memcpy(section + size, "\0\1\1", 3);
	size += 3;
	header = start - t.header_length - 4;
	unit = size - 4;
	memcpy(section + t.header_length, &header, 4);
	memcpy(section, &unit, 4);
	table.line = bytes_of(section, size);
	assert_true(line_table_check(&table, &memory));
	assert_true(memory >= FILES * DIRECTORY + LINES * 72);
	assert_true(memory < 2 * (3 * FILES * DIRECTORY + LINES * 128));
	/* A path that no kernel accepts. */
	table.directory_len = 4096;
	assert_false(line_table_check(&table, &memory));
	mem_free(section);
}

/* Units may share a table, but not parts of it. */
static void test_shared_tables(void **state)
{
	enum { ALL = 1 << 20, STEP = 16 };
	uint8_t *section = mem_new(ALL, 1);
	struct line_checks checks = {0};
	struct line_table table = {.line = bytes_of(section, ALL), .address_size = 8};
	uint32_t unit;
	uint64_t memory;

	(void)state;
	for (uint32_t at = 0; at + STEP < ALL; at += STEP) {
		unit = ALL - at - 4;
		memcpy(section + at, &unit, 4);
	}
	for (int again = 0; again < 2; again++)
		for (table.offset = 0; table.offset + STEP < ALL; table.offset += STEP)
			line_checks_find(&checks, &table, &memory);
	assert_true(checks.passed < 5 * ALL);
	line_checks_release(&checks);
	mem_free(section);
}

static void test_compilers(void **state)
{
	static const char *const programs[] = {
		"chain_5",	 "chain_4",	  "chain_2",   "chain_z",   "chain_64",
		"chain_clang_5", "chain_clang_4", "words_5",   "words_4",   "words_clang",
		"words_types_5", "words_types_4", "words_dwz", "stack_arm", "calls_arm",
		"chain_zstd",	 "real_go.full",
	};
	size_t checked = 0;

	(void)state;
	for (size_t i = 0; i < array_size(programs); i++) {
		char path[512];
		size_t n = check_file(temp_path(path, PROGRAMS, programs[i]));

		if (!n)
			print_message("%s: not there, skipped\n", programs[i]);
		checked += n;
	}
	assert_true(checked > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions),     cmocka_unit_test(test_place),
		cmocka_unit_test(test_truncated),    cmocka_unit_test(test_header_length),
		cmocka_unit_test(test_fixed_fields), cmocka_unit_test(test_old_lists),
		cmocka_unit_test(test_new_lists),    cmocka_unit_test(test_wide_numbers),
		cmocka_unit_test(test_program),	     cmocka_unit_test(test_noise),
		cmocka_unit_test(test_memory),	     cmocka_unit_test(test_shared_tables),
		cmocka_unit_test(test_compilers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
