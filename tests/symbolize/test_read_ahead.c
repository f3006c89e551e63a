/* Reading ahead, with any number of threads, gives the same frames as reading on
 * demand. */
#include "base/out.h"
#include "base/scoped.h"
#include "elf/elf_file.h"
#include "symbolize/symbolizer.h"
#include "tests/files.h"
#include "tests/test.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

enum { BASE = 0x10000000, STEP = 3, ROUNDS = 5 };

/* The path of each file, and the file with its recorded build id: the third path has
 * another file, the fourth has none. */
static const char *const files[][2] = {
	{PROGRAMS "/chain_5", PROGRAMS "/chain_5"},
	{PROGRAMS "/words_5", PROGRAMS "/words_5"},
	{PROGRAMS "/other", PROGRAMS "/pie"},
	{PROGRAMS "/not_there", PROGRAMS "/static"},
	{PROGRAMS "/chain_z", PROGRAMS "/chain_z"},
	{PROGRAMS "/words_4", PROGRAMS "/words_4"},
	{PROGRAMS "/chain_linked", PROGRAMS "/chain_linked"},
	{PROGRAMS "/chain_clang_5", PROGRAMS "/chain_clang_5"},
	{PROGRAMS "/dynamic", PROGRAMS "/dynamic"},
	{PROGRAMS "/chain_zstd", PROGRAMS "/chain_zstd"},
};

/* A file and its code, as far as it can be read here. */
struct program {
	struct mapping m;
	uint64_t start, end; /* of .text, file_off */
};

struct world {
	struct strtab strings;
	struct dso_table dsos;
	struct frame_table frames;
	VEC(struct program) programs;
};

static void add_program(struct world *w, const char *path, const char *of_build_id)
{
	scoped(elf_file_close) struct elf_file *f = NULL;
	int fd = open(of_build_id, O_RDONLY | O_CLOEXEC);
	const struct elf_section *code;
	struct program p = {0};
	struct dso dso = {0};
	struct error err;

	if (fd < 0)
		return; /* its compiler is not installed */
	f = elf_file_open(fd, &err);
	assert_true(elf_file_build_id(f, &dso.build_id));
	code = elf_file_section(f, elf_file_find(f, ".text"));
	dso.path = strtab_add(&w->strings, path);
	p.start = code->file_off;
	p.end = code->file_off + code->size;
	p.m = (struct mapping){BASE, BASE + p.end, 0, 0, dso_add(&w->dsos, &dso)};
	vec_push(&w->programs, p);
	close(fd);
}

static void world_init(struct world *w)
{
	*w = (struct world){0};
	strtab_init(&w->strings);
	dso_table_init(&w->dsos, &w->strings);
	frame_table_init(&w->frames, &w->strings);
	for (size_t i = 0; i < array_size(files); i++)
		add_program(w, files[i][0], files[i][1]);
}

static void world_release(struct world *w)
{
	frame_table_release(&w->frames);
	dso_table_release(&w->dsos);
	strtab_release(&w->strings);
	vec_release(&w->programs);
}

/* Address 'i' of each program, in turn: those of one program do not follow each other.
 * False after the end of the code. */
static bool addr_at(const struct program *p, size_t i, uint64_t *addr)
{
	*addr = BASE + p->start + i * STEP;
	return p->start + i * STEP < p->end;
}

static void expect_all(struct world *w, struct symbolizer *s, size_t n)
{
	const struct program *p;
	uint64_t addr;

	assert_true(symbolizer_may_read_ahead(s));
	for (size_t i = 0; i < n; i++)
		vec_each(p, &w->programs)
			if (addr_at(p, i, &addr))
				symbolizer_expect(s, &p->m, addr, i & 1, 1);
	symbolizer_read_ahead(s);
}

static void look_up_all(struct world *w, struct symbolizer *s, size_t n, struct out *out)
{
	struct frame_list list = {0};
	const struct program *p;
	const frame_id *id;
	uint64_t addr;

	for (size_t i = 0; i < n; i++)
		vec_each(p, &w->programs) {
			if (!addr_at(p, i, &addr))
				continue;
			list.items.n = 0;
			symbolizer_look_up(s, &p->m, addr, i & 1, SPACE_USER, &list);
			vec_each(id, &list.items)
				out_printf(out, "%u ", *id);
		}
	vec_release(&list.items);
}

/* Places as a recording would carry them. */
static void tell_stored(const struct world *w, struct out *out)
{
	const struct inline_frame *place;
	const struct symbol *sym;
	const struct dso *dso;

	vec_each(dso, &w->dsos.items) {
		out_printf(out, "\n%s\n", strtab_str(&w->strings, dso->reason));
		if (dso->names)
			vec_each(sym, &dso->names->items)
				out_printf(out, "%s\n", sym->name);
		if (dso->places)
			vec_each(place, &dso->places->places)
				out_printf(out, "%s %s:%u\n",
					   place->function ? place->function : "-",
					   place->file ? place->file : "-", place->line);
	}
	for (size_t i = 0; i < w->strings.entries.n; i++)
		out_printf(out, "%s\n", strtab_str(&w->strings, (str_id)i));
}

/* All that comes of 'n' addresses of each program, as text; out_free() ends it. */
static struct out *symbolize(bool is_ahead, size_t n)
{
	static const struct symbolizer_options options = {
		.use_system = true, .inlines = true, .lines = true};
	struct out *out = out_memory();
	struct symbolizer *s;
	struct world w;
	const char *note;

	world_init(&w);
	s = symbolizer_new(&options, &w.dsos, &w.frames);
	if (is_ahead)
		expect_all(&w, s, n);
	look_up_all(&w, s, n, out);
	for (size_t i = 0; i < w.frames.items.n; i++)
		out_printf(out, "%s%s\n", frame_name(&w.frames, (frame_id)i),
			   frame_at(&w.frames, (frame_id)i)->is_inlined ? "_[i]" : "");
	for (size_t i = 0; (note = symbolizer_note(s, i)); i++)
		out_printf(out, "%s\n", note);
	symbolizer_store(s);
	tell_stored(&w, out);
	symbolizer_free(&s);
	world_release(&w);
	return out;
}

static void expect_same(struct out *a, struct out *b)
{
	assert_int_equal(out_pos(a), out_pos(b));
	assert_memory_equal(out_data(a), out_data(b), out_pos(a));
}

static void allow_one_cpu(cpu_set_t *before)
{
	cpu_set_t one;

	assert_int_equal(sched_getaffinity(0, sizeof(*before), before), 0);
	CPU_ZERO(&one);
	for (size_t cpu = 0; !CPU_COUNT(&one); cpu++)
		if (CPU_ISSET(cpu, before))
			CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
}

static void test_same(void **state)
{
	scoped(out_free) struct out *lazy = symbolize(false, 2000), *alone = NULL;
	cpu_set_t before;

	(void)state;
	assert_non_null(strstr(out_data(lazy), "third:third.h:102_[i]"));
	assert_non_null(strstr(out_data(lazy), "is not the file that ran"));
	allow_one_cpu(&before);
	alone = symbolize(true, 2000);
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
	expect_same(lazy, alone);
	for (int i = 0; i < ROUNDS; i++) {
		scoped(out_free) struct out *shared = symbolize(true, 2000);

		expect_same(lazy, shared);
	}
}

/* Not all that is looked up has to be expected, nor the other way. */
static void test_other_addresses(void **state)
{
	static const struct symbolizer_options options = {.use_system = true,
							  .inlines = true};
	scoped(out_free) struct out *ahead = out_memory(), *lazy = out_memory();

	(void)state;
	for (int is_ahead = 0; is_ahead < 2; is_ahead++) {
		struct symbolizer *s;
		struct world w;

		world_init(&w);
		s = symbolizer_new(&options, &w.dsos, &w.frames);
		if (is_ahead)
			expect_all(&w, s, 10);
		look_up_all(&w, s, 30, is_ahead ? ahead : lazy);
		symbolizer_free(&s);
		world_release(&w);
	}
	expect_same(ahead, lazy);
}

/* A recording that carries its names needs no files. */
static void test_of_a_recording(void **state)
{
	static const struct symbolizer_options options = {.use_system = true};
	struct symbolizer *s;
	struct world w;
	struct dso *dso;

	(void)state;
	world_init(&w);
	vec_each(dso, &w.dsos.items)
		dso->resolved = true;
	s = symbolizer_new(&options, &w.dsos, &w.frames);
	assert_false(symbolizer_may_read_ahead(s));
	symbolizer_expect(s, &w.programs.items[0].m, BASE, false, 1);
	symbolizer_read_ahead(s);
	assert_null(symbolizer_note(s, 0));
	symbolizer_free(&s);
	world_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_other_addresses),
		cmocka_unit_test(test_of_a_recording),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
