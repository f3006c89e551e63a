#include "base/scoped.h"
#include "elf/elf_file.h"
#include "elf/vdso.h"
#include "symbolize/source_elf.h"
#include "tests/elf/witness.h"
#include "tests/symbolize/symbols.h"

#include <elf.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static void test_all_kinds_of_programs(void **state)
{
	static const char *const programs[] = {"pie",  "nopie", "static",
					       "noid", "far",	"libwitness.so"};

	(void)state;
	for (size_t i = 0; i < array_size(programs); i++) {
		char path[512];
		scoped(symbol_table_free) struct symbol_table *t =
			symbols_load(temp_path(path, PROGRAMS, programs[i]));

		assert_non_null(t);
		assert_non_null(symbols_find(t, "exported"));
		assert_non_null(symbols_find(t, "local"));
		assert_non_null(symbols_find(t, "strong_name"));
		assert_non_null(symbols_find(t, "bare_code"));
		assert_non_null(symbols_find(t, "sized_code"));
		assert_null(symbols_find(t, "weak_name"));
		assert_null(symbols_find(t, "__underscored"));
		assert_null(symbols_find(t, "inner_label"));
		/* Data is no code. */
		assert_null(symbols_find(t, "_edata"));
		assert_null(symbols_find(t, "environ"));
	}
}

static void test_stripped(void **state)
{
	scoped(symbol_table_free) struct symbol_table *t =
		symbols_load(PROGRAMS "/stripped");

	(void)state;
	assert_non_null(t);
	assert_non_null(symbols_find(t, "exported"));
	assert_null(symbols_find(t, "local"));
	assert_null(symbols_find(t, "printf"));
}

/* A name for a function that chooses another one, and for the stub that calls that. */
static void test_chosen_function(void **state)
{
	scoped(symbol_table_free) struct symbol_table *t =
		symbols_load(PROGRAMS "/calls_static");
	const struct symbol *sym = symbols_find(t, "chosen");

	(void)state;
	assert_non_null(sym);
	/* The same code as "choose", which is local. */
	assert_null(symbols_find(t, "choose"));
}

/* The file must have the code of 'start' at the offset: three times nop. */
static void test_offsets(void **state)
{
	char path[512];
	size_t n;
	scoped(mem_release) uint8_t *pie =
		file_read(temp_path(path, PROGRAMS, "nopie"), &n);
	scoped(symbol_table_free) struct symbol_table *t =
		symbols_load(PROGRAMS "/nopie");
	const struct symbol *sym = symbols_find(t, "bare_code");

	(void)state;
	assert_non_null(sym);
	assert_true(sym->end > sym->start && sym->end <= n);
	sym = symbols_find(t, "sized_code");
	assert_non_null(sym);
	assert_true(sym->end <= n);
#if defined(__x86_64__)
	assert_int_equal(sym->end - sym->start, 3);
	assert_memory_equal(pie + sym->start, "\x90\x90\x90", 3);
#endif
}

static void test_build_id(void **state)
{
	static const char *const programs[] = {"pie", "other", "noid"};
	struct build_id ids[3] = {0};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		char path[512];
		int fd = open(temp_path(path, PROGRAMS, programs[i]),
			      O_RDONLY | O_CLOEXEC);
		struct error err;
		scoped(elf_file_close) struct elf_file *f = elf_file_open(fd, &err);

		assert_non_null(f);
		assert_int_equal(elf_file_build_id(f, &ids[i]), i < 2);
		close(fd);
	}
	assert_int_equal(ids[0].size, 20);
	assert_true(build_id_same(&ids[0], &ids[0]));
	assert_false(build_id_same(&ids[0], &ids[1]));
}

static void test_vdso(void **state)
{
	scoped(symbol_table_free) struct symbol_table *t = NULL;
	static const struct build_id other = {.size = 20, .data = {1}};
	struct error err;

	(void)state;
	t = source_vdso_load(NULL, &err);
	if (!t)
		skip();
#if defined(__x86_64__)
	assert_non_null(symbols_find(t, "__vdso_clock_gettime"));
#endif
	assert_null(source_vdso_load(&other, &err));
}

/* Calls all functions for a file with any content. */
static void ask_all(int fd)
{
	struct debug_search search = debug_search_of(NULL, "", fd);
	scoped(symbol_table_free) struct symbol_table *t = NULL;
	struct error err;
	scoped(elf_file_close) struct elf_file *f = elf_file_open(fd, &err);
	const struct symbol *sym;
	struct build_id id;
	uint64_t off;

	if (!f)
		return;
	elf_file_build_id(f, &id);
	elf_file_offset(f, 0x1000, &off);
	t = source_elf_load(fd, &search, &err);
	debug_search_release(&search);
	if (!t)
		return;
	vec_each(sym, &t->items) {
		assert_true(sym->start < sym->end);
		assert_true(strlen(sym->name) > 0);
	}
}

static void test_every_prefix(void **state)
{
	char path[512];
	size_t n;
	scoped(mem_release) uint8_t *data =
		file_read(temp_path(path, PROGRAMS, "pie"), &n);
	int fd = memfd_create("prefix", MFD_CLOEXEC);

	(void)state;
	for (size_t len = 0; len < n; len += len < 2048 || len + 4096 > n ? 1 : 61) {
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, data, len, 0), len);
		ask_all(fd);
	}
	close(fd);
}

static void test_flipped_bytes(void **state)
{
	char path[512];
	size_t n;
	scoped(mem_release) uint8_t *data =
		file_read(temp_path(path, PROGRAMS, "pie"), &n);
	int fd = memfd_create("flipped", MFD_CLOEXEC);
	unsigned seed = 3;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		/* The headers are at the two ends. */
		size_t at = (size_t)rand_r(&seed) % (i % 3 ? 1024 : n);
		size_t len = 1 + (size_t)rand_r(&seed) % 8;
		uint8_t bad[8];

		at = i % 3 == 1 ? n - 1 - at : at;
		len = len < n - at ? len : n - at;
		for (size_t k = 0; k < len; k++)
			bad[k] = i & 1 ? (uint8_t)rand_r(&seed) : 0xff;
		if (i % 16 == 0)
			assert_int_equal(pwrite(fd, data, n, 0), n);
		assert_int_equal(pwrite(fd, bad, len, (off_t)at), len);
		ask_all(fd);
	}
	close(fd);
}

static void test_random_bytes(void **state)
{
	int fd = memfd_create("random", MFD_CLOEXEC);
	unsigned seed = 5;

	(void)state;
	for (int i = 0; i < 500; i++) {
		uint8_t noise[4096];

		for (size_t k = 0; k < sizeof(noise); k++)
			noise[k] = (uint8_t)rand_r(&seed);
		memcpy(noise, ELFMAG, SELFMAG);
		noise[EI_CLASS] = (uint8_t)(1 + i % 2);
		noise[EI_DATA] = (uint8_t)(1 + i / 2 % 2);
		noise[EI_VERSION] = 1;
		assert_int_equal(pwrite(fd, noise, sizeof(noise), 0), sizeof(noise));
		ask_all(fd);
	}
	close(fd);
}

/* A sparse file that claims 60 million sections, each of which libelf would allocate. */
static void test_absurd_number_of_headers(void **state)
{
	Elf64_Ehdr head = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			    1},
		.e_type = ET_DYN,
		.e_machine = EM_X86_64,
		.e_version = 1,
		.e_shoff = 64,
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_ehsize = 64,
	};
	Elf64_Shdr first = {.sh_size = 60000000};
	int fd = memfd_create("absurd", MFD_CLOEXEC);
	struct error err;

	(void)state;
	assert_int_equal(ftruncate(fd, (off_t)4 << 30), 0);
	assert_int_equal(pwrite(fd, &head, sizeof(head), 0), sizeof(head));
	assert_int_equal(pwrite(fd, &first, sizeof(first), 64), sizeof(first));
	assert_null(elf_file_open(fd, &err));
	/* The same with program headers. */
	head.e_phnum = PN_XNUM;
	head.e_phoff = 128;
	head.e_phentsize = sizeof(Elf64_Phdr);
	head.e_shnum = 1;
	first = (Elf64_Shdr){.sh_info = 70000000};
	assert_int_equal(pwrite(fd, &head, sizeof(head), 0), sizeof(head));
	assert_int_equal(pwrite(fd, &first, sizeof(first), 64), sizeof(first));
	assert_null(elf_file_open(fd, &err));
	close(fd);
}

static void test_not_elf(void **state)
{
	struct debug_search search = debug_search_of(NULL, "", -1);
	struct error err;
	int fd = open("/", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_null(elf_file_open(fd, &err));
	close(fd);
	fd = memfd_create("ar", MFD_CLOEXEC);
	assert_int_equal(pwrite(fd, "!<arch>\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 40, 0),
			 40);
	assert_null(elf_file_open(fd, &err));
	close(fd);
	assert_null(elf_file_of_image("", 0, &err));
	assert_null(source_elf_load(-1, &search, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_kinds_of_programs),
		cmocka_unit_test(test_stripped),
		cmocka_unit_test(test_chosen_function),
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_build_id),
		cmocka_unit_test(test_vdso),
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_flipped_bytes),
		cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_absurd_number_of_headers),
		cmocka_unit_test(test_not_elf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
