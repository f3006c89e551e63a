/* The names and lines of source_dwarf, compared with addr2line, and damaged files. */
#include "symbolize/dwarf/source_dwarf.h"

#include "base/scoped.h"
#include "elf/elf_symbols.h"
#include "tests/files.h"
#include "tests/test.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef ADDR2LINE
#define ADDR2LINE ""
#endif
#ifndef LLVM_ADDR2LINE
#define LLVM_ADDR2LINE ""
#endif

enum { N_ADDRS = 3000, MAX_CHAIN = 64 };

static struct source_dwarf *open_program(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct debug_search search = debug_search_of(NULL, path, fd);
	struct error err;
	struct source_dwarf *d;

	assert_true(fd >= 0);
	d = source_dwarf_open(fd, &search, true, &err);
	debug_search_release(&search);
	close(fd);
	return d;
}

/* libdw would open any file at the path of the alternate file. */
static void test_alt_is_not_opened(void **state)
{
	(void)state;
	assert_null(open_program(PROGRAMS "/chain_alt"));
}

/* The system's libc, if its debug file is installed. */
static void test_separate_file(void **state)
{
	struct inline_list places = {0};
	struct source_dwarf *d;
	uint64_t vaddr, file_off;
	struct elf_file *f;
	struct error err;
	Dl_info info;
	int fd;

	(void)state;
	assert_int_not_equal(dladdr(dlsym(RTLD_DEFAULT, "lfind"), &info), 0);
	d = open_program(info.dli_fname);
	if (!d)
		skip();
	vaddr = (uint64_t)((char *)info.dli_saddr - (char *)info.dli_fbase);
	fd = open(info.dli_fname, O_RDONLY | O_CLOEXEC);
	f = elf_file_open(fd, &err);
	assert_true(elf_file_offset(f, vaddr, &file_off));
	assert_true(source_dwarf_look_up(d, file_off, &places));
	assert_true(places.items.n >= 1);
	assert_string_equal(vec_last(&places.items)->file, "lsearch.c");
	assert_true(vec_last(&places.items)->line > 0);
	elf_file_close(&f);
	close(fd);
	vec_release(&places.items);
	source_dwarf_close(&d);
}

/* One of N_ADDRS places in the code of a program, and the output of addr2line for it. */
struct answer {
	uint64_t vaddr;
	size_t n;
	struct {
		char *function, *place; /* "chain.c:215" */
	} chain[MAX_CHAIN];
};

struct answers {
	VEC(struct answer) items;
};

static void answers_release(struct answers *a)
{
	struct answer *it;

	vec_each(it, &a->items) {
		for (size_t i = 0; i < it->n; i++) {
			mem_free(it->chain[i].function);
			mem_free(it->chain[i].place);
		}
	}
	vec_release(&a->items);
}

/* Without folders and "(discriminator 3)"; a line that is unknown is 0. */
static char *short_place(char *line)
{
	char *start = strrchr(line, '/'), *end;

	line[strcspn(line, " ")] = '\0';
	start = start ? start + 1 : line;
	end = strrchr(start, ':');
	if (end && strcmp(end, ":?") == 0)
		end[1] = '0';
	return mem_str(start, strlen(start));
}

static void ask_addr2line(const char *tool, const char *program, const char *addrs,
			  struct answers *out)
{
	scoped(mem_release) char *command =
		mem_format("'%s' -a -f -i -e '%s' <'%s'", tool, program, addrs);
	char *line = NULL;
	size_t size = 0;
	FILE *in = popen(command, "r");

	assert_non_null(in);
	while (getline(&line, &size, in) > 0) {
		struct answer *a = vec_last(&out->items);

		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0x", 2) == 0) {
			vec_add(&out->items)->vaddr = strtoull(line, NULL, 16);
			continue;
		}
		assert_true(a && a->n < MAX_CHAIN);
		a->chain[a->n].function = mem_str(line, strlen(line));
		assert_true(getline(&line, &size, in) > 0);
		line[strcspn(line, "\n")] = '\0';
		a->chain[a->n++].place = short_place(line);
	}
	free(line);
	assert_int_equal(pclose(in), 0);
}

/* The result of a comparison. */
enum verdict {
	SAME,
	NO_DWARF,
	NAMED_BY_SYMBOL,
	OTHER_NAME,
	OTHER_LINE,
	OTHER_DEPTH,
	N_VERDICTS
};

static enum verdict compare(const struct answer *a, const struct inline_list *places)
{
	enum verdict worst = SAME;

	/* Startup code of the compiler: a symbol, no line. */
	if (!places->items.n)
		return a->n == 1 && strstr(a->chain[0].place, ":0") ? NO_DWARF
								    : OTHER_DEPTH;
	if (places->items.n != a->n)
		return OTHER_DEPTH;
	for (size_t i = 0; i < a->n; i++) {
		const struct inline_frame *p = &places->items.items[i];
		scoped(mem_release) char *place =
			mem_format("%s:%u", p->file ? p->file : "??", p->line);

		if (strcmp(place, a->chain[i].place) != 0)
			return OTHER_LINE;
		if (!p->function || strcmp(p->function, a->chain[i].function) == 0)
			continue;
		/* If DWARF has no mangled name of an inlined function, as with
		 * functions of a local type, addr2line answers with the symbol that
		 * the code is in. */
		if (strncmp(p->function, "_Z", 2) == 0 || i > 0)
			return OTHER_NAME;
		worst = NAMED_BY_SYMBOL;
	}
	return worst;
}

static void random_addrs(const char *path, struct elf_file *f)
{
	FILE *out = fopen(path, "w");
	uint64_t seed = 3, vaddr, low = UINT64_MAX, high = 0;
	scoped(symbol_choice_release) struct symbol_choice all = {0};
	struct arena text = {0};
	const struct candidate *c;

	assert_non_null(out);
	assert_true(elf_symbols_add(f, ELF_SYMTAB, f, &all, &text));
	vec_each(c, &all.items) {
		assert_true(elf_file_vaddr(f, c->start, &vaddr));
		low = vaddr < low ? vaddr : low;
		high = vaddr > high ? vaddr : high;
	}
	for (size_t i = 0; i < N_ADDRS; i++)
		fprintf(out, "%jx\n", (uintmax_t)(low + random_below(&seed, high - low)));
	fclose(out);
	arena_release(&text);
}

static void compare_all(const char *tool, const char *program, size_t counts[N_VERDICTS])
{
	scoped(answers_release) struct answers answers = {0};
	char dir[64], path[512], addrs[512];
	struct source_dwarf *d = open_program(temp_path(path, PROGRAMS, program));
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct error err;
	struct elf_file *f = elf_file_open(fd, &err);
	const struct answer *a;

	assert_non_null(d);
	temp_dir_make(dir);
	random_addrs(temp_path(addrs, dir, "addrs"), f);
	ask_addr2line(tool, path, addrs, &answers);
	assert_int_equal(answers.items.n, N_ADDRS);
	vec_each(a, &answers.items) {
		struct inline_list places = {0};
		uint64_t file_off;

		if (elf_file_offset(f, a->vaddr, &file_off))
			source_dwarf_look_up(d, file_off, &places);
		counts[compare(a, &places)]++;
		vec_release(&places.items);
	}
	temp_dir_remove(dir);
	elf_file_close(&f);
	close(fd);
	source_dwarf_close(&d);
}

static void expect_agreement(const char *tool, const char *program)
{
	size_t counts[N_VERDICTS] = {0}, good;
	char path[512];

	if (!*tool || access(temp_path(path, PROGRAMS, program), X_OK) != 0)
		skip();
	compare_all(tool, program, counts);
	print_message("%s: same %zu, no dwarf %zu, named by symbol %zu, other name %zu, "
		      "line %zu, depth %zu\n",
		      program, counts[SAME], counts[NO_DWARF], counts[NAMED_BY_SYMBOL],
		      counts[OTHER_NAME], counts[OTHER_LINE], counts[OTHER_DEPTH]);
	good = counts[SAME] + counts[NO_DWARF] + counts[NAMED_BY_SYMBOL];
	assert_true(good * 1000 >= 995 * (size_t)N_ADDRS);
	assert_true(counts[SAME] * 100 >= 90 * (size_t)N_ADDRS);
}

static void test_binutils_dwarf_5(void **state)
{
	(void)state;
	expect_agreement(ADDR2LINE, "words_5");
}

static void test_binutils_dwarf_4(void **state)
{
	(void)state;
	expect_agreement(ADDR2LINE, "words_4");
}

static void test_llvm_dwarf_5(void **state)
{
	(void)state;
	expect_agreement(LLVM_ADDR2LINE, "words_5");
}

/* binutils 2.40 misses most functions that clang inlines, in DWARF 5. */
static void test_llvm_clang(void **state)
{
	(void)state;
	expect_agreement(LLVM_ADDR2LINE, "words_clang");
}

/* Damaged DWARF gives an answer, and does not end the program. */
static void look_everywhere(const char *path)
{
	struct source_dwarf *d = open_program(path);

	for (uint64_t at = 0x1000; d && at < 0x1400; at += 7) {
		struct inline_list places = {0};

		source_dwarf_look_up(d, at, &places);
		for (size_t i = 0; i < places.items.n; i++) {
			const struct inline_frame *p = &places.items.items[i];

			assert_true(!p->function || *p->function);
			assert_true(!p->file || strlen(p->file) < 1 << 20);
		}
		vec_release(&places.items);
	}
	source_dwarf_close(&d);
}

struct section {
	const char *name;
	size_t at, size;
};

struct sections {
	VEC(struct section) items;
};

/* Those with DWARF. The names are the program's. */
static void find_sections(const uint8_t *program, struct sections *out)
{
	const Elf64_Ehdr *head = (const void *)program;
	const Elf64_Shdr *sections = (const void *)(program + head->e_shoff);
	const char *names = (const char *)program + sections[head->e_shstrndx].sh_offset;

	for (size_t i = 0; i < head->e_shnum; i++) {
		const Elf64_Shdr *s = &sections[i];

		if (strncmp(names + s->sh_name, ".debug_", 7) == 0 && s->sh_size)
			vec_push(&out->items,
				 ((struct section){names + s->sh_name, s->sh_offset,
						   s->sh_size}));
	}
}

/* libdw would read past the end of the section. */
static void test_strings_without_end(void **state)
{
	static const char *const programs[] = {"chain_5", "chain_4"};
	char dir[64], path[512], from[512];

	(void)state;
	if (sizeof(void *) != 8)
		skip();
	temp_dir_make(dir);
	temp_path(path, dir, "prog");
	for (size_t i = 0; i < array_size(programs); i++) {
		size_t n;
		scoped(mem_release) uint8_t *whole =
			file_read(temp_path(from, PROGRAMS, programs[i]), &n);
		scoped(mem_release) uint8_t *data = mem_new(n, 1);
		struct sections sections = {0};
		const struct section *s;

		find_sections(whole, &sections);
		vec_each(s, &sections.items) {
			for (size_t cut = 0; cut < s->size; cut += 1 + s->size / 100) {
				memcpy(data, whole, n);
				memset(data + s->at + cut, 'A', s->size - cut);
				file_write(path, data, n);
				look_everywhere(path);
			}
		}
		vec_release(&sections.items);
	}
	temp_dir_remove(dir);
}

static void test_damaged(void **state)
{
	static const char *const programs[] = {"chain_5", "chain_4", "chain_clang_5",
					       "chain_z"};
	char dir[64], path[512], from[512];
	uint64_t seed = 5;

	(void)state;
	if (sizeof(void *) != 8)
		skip();
	temp_dir_make(dir);
	temp_path(path, dir, "prog");
	for (unsigned i = 0; i < 1200; i++) {
		size_t n, hits = 1 + random_below(&seed, 1 + i % 60);
		scoped(mem_release) uint8_t *data = NULL;
		struct sections sections = {0};

		temp_path(from, PROGRAMS, programs[i % array_size(programs)]);
		if (access(from, X_OK) != 0)
			continue;
		data = file_read(from, &n);
		find_sections(data, &sections);
		for (size_t j = 0; j < hits; j++) {
			const struct section *s =
				&sections.items
					 .items[random_below(&seed, sections.items.n)];

			data[s->at + random_below(&seed, s->size)] =
				(uint8_t)random_below(&seed, 256);
		}
		vec_release(&sections.items);
		file_write(path, data, i % 10 ? n : n - random_below(&seed, n / 2));
		look_everywhere(path);
	}
	temp_dir_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alt_is_not_opened),
		cmocka_unit_test(test_separate_file),
		cmocka_unit_test(test_binutils_dwarf_5),
		cmocka_unit_test(test_binutils_dwarf_4),
		cmocka_unit_test(test_llvm_dwarf_5),
		cmocka_unit_test(test_llvm_clang),
		cmocka_unit_test(test_strings_without_end),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
