#include "base/scoped.h"
#include "elf/elf_symbols.h"
#include "symbolize/source_dwarf.h"
#include "symbolize/symbolizer.h"
#include "tests/elf/witness.h"
#include "tests/symbolize/tables.h"
#include "tests/test.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef ADDR2LINE
#define ADDR2LINE ""
#endif
#ifndef LLVM_ADDR2LINE
#define LLVM_ADDR2LINE ""
#endif

enum { N_ADDRS = 3000, MAX_CHAIN = 64 };

static const char *const chains[] = {"chain_5",	    "chain_4",	     "chain_z",
				     "chain_nopie", "chain_clang_5", "chain_clang_4",
				     "chain_zgnu",  "chain_zstd",    "chain_linked"};

struct world {
	struct tables t;
};

static int set_up(void **state)
{
	struct world *w = mem_new(1, sizeof(*w));

	tables_init(&w->t);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	tables_release(&w->t);
	mem_free(w);
	return 0;
}

static struct symbolizer *start(struct world *w, bool inlines, bool lines)
{
	const struct symbolizer_options options = {
		.use_system = true, .is_live = true, .inlines = inlines, .lines = lines};

	return symbolizer_new(&options, &w->t.dsos, &w->t.frames);
}

/* "innermost<outer<outermost", all but the last one inlined. */
static void expect(struct world *w, struct symbolizer *s, const struct mapping *m,
		   uint64_t addr, const char *wanted)
{
	/* The second time from the cache, the third time as a return address. */
	for (int i = 0; i < 3; i++) {
		struct frame_list list = {0};
		char text[1024] = "";
		size_t at = 0;

		symbolizer_look_up(s, m, addr + (i == 2), i == 2, SPACE_USER, &list);
		for (size_t j = 0; j < list.items.n; j++) {
			const struct frame *f =
				frame_at(&w->t.frames, list.items.items[j]);

			at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s",
					       j ? "<" : "",
					       strtab_str(&w->t.frame_strings, f->name));
			assert_int_equal(f->is_inlined, j + 1 < list.items.n);
			assert_int_equal(f->kind, FRAME_USER);
			assert_int_not_equal(f->object, 0);
		}
		assert_string_equal(text, wanted);
		vec_release(&list.items);
	}
}

static uint64_t told_at(const struct witness *told, const char *name)
{
	const struct told *it;

	vec_each(it, &told->told)
		if (strcmp(it->name, name) == 0)
			return it->addr;
	fail_msg("'%s' was not told", name);
	return 0;
}

/* The names that each position in chain.c must have. */
struct expected {
	const char *place, *neither, *inlines, *lines, *both;
};

static const struct expected expected[] = {
	{"third", "chain", "third<second<first<chain", "chain:chain.c:215",
	 "third:third.h:102<second:chain.c:202<first:chain.c:208<chain:chain.c:215"},
	{"second", "chain", "second<first<chain", "chain:chain.c:215",
	 "second:chain.c:203<first:chain.c:208<chain:chain.c:215"},
	{"first", "chain", "first<chain", "chain:chain.c:215",
	 "first:chain.c:209<chain:chain.c:215"},
	{"plain", "plain", "plain", "plain:chain.c:219", "plain:chain.c:219"},
	{"again", "again", "fourth<again", "again:chain.c:230",
	 "fourth:chain.c:224<again:chain.c:230"},
};

static void expect_all(struct world *w, struct symbolizer *s, const struct witness *told,
		       bool inlines, bool lines)
{
	for (size_t i = 0; i < array_size(expected); i++) {
		const struct expected *e = &expected[i];
		uint64_t addr = told_at(told, e->place);
		struct mapping m;

		witness_map(told, &w->t.dsos, addr, &m);
		expect(w, s, &m, addr,
		       inlines && lines ? e->both
		       : inlines	? e->inlines
		       : lines		? e->lines
					: e->neither);
	}
}

static void test_chains(void **state)
{
	struct world *w = *state;
	size_t n = 0;

	for (size_t i = 0; i < array_size(chains); i++) {
		struct witness told;
		char path[512];

		if (access(temp_path(path, PROGRAMS, chains[i]), X_OK) != 0)
			continue;
		n++;
		witness_start(&told, path);
		for (int options = 0; options < 4; options++) {
			bool inlines = options & 1, lines = options & 2;
			struct symbolizer *s = start(w, inlines, lines);

			expect_all(w, s, &told, inlines, lines);
			symbolizer_free(&s);
		}
		witness_stop(&told);
	}
	assert_true(n >= 6);
}

static void test_no_dwarf(void **state)
{
	struct world *w = *state;
	struct symbolizer *s = start(w, true, true);
	struct witness told;
	struct mapping m;

	witness_start(&told, PROGRAMS "/chain_none");
	witness_map(&told, &w->t.dsos, told_at(&told, "third"), &m);
	expect(w, s, &m, told_at(&told, "third"), "chain");
	witness_stop(&told);
	symbolizer_free(&s);
}

/* Inline frames that were stored in the recording are used after the file is gone. */
static void test_names_of_the_recording(void **state)
{
	struct world *w = *state;
	struct symbolizer *s = start(w, true, false);
	char dir[64], path[512];
	struct witness told;
	struct dso *dso;
	struct mapping m;
	uint64_t third;

	temp_dir_make(dir);
	file_copy(PROGRAMS "/chain_5", temp_path(path, dir, "prog"));
	witness_start(&told, path);
	third = told_at(&told, "third");
	witness_map(&told, &w->t.dsos, third, &m);
	expect(w, s, &m, third, "third<second<first<chain");
	symbolizer_store(s);
	symbolizer_free(&s);
	witness_stop(&told);

	dso = dso_at(&w->t.dsos, m.dso);
	assert_non_null(dso->places);
	temp_dir_remove(dir);
	s = start(w, true, false);
	expect(w, s, &m, third, "third<second<first<chain");
	symbolizer_free(&s);
	s = start(w, false, false);
	expect(w, s, &m, third, "chain");
	symbolizer_free(&s);
	s = start(w, false, true);
	expect(w, s, &m, third, "chain:chain.c:215");
	symbolizer_free(&s);
}

static struct source_dwarf *open_program(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct debug_search search = {.path = path, .root = -1};
	struct error err;
	struct source_dwarf *d;

	assert_true(fd >= 0);
	d = source_dwarf_open(fd, &search, true, &err);
	debug_search_release(&search);
	close(fd);
	return d;
}

/* libdw would open whatever stands at the path that a file gives. */
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

/* Whatever stands there: an answer, and no end of the program. */
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

#define in_world(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_world(test_chains),
		in_world(test_no_dwarf),
		in_world(test_names_of_the_recording),
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
