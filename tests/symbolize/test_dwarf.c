#include "base/scoped.h"
#include "symbolize/symbolizer.h"
#include "tests/elf/witness.h"
#include "tests/symbolize/tables.h"
#include "tests/test.h"

#include <stdio.h>
#include <unistd.h>

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

#define in_world(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_world(test_chains),
		in_world(test_no_dwarf),
		in_world(test_names_of_the_recording),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
