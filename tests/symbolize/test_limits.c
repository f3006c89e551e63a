/* Limits of memory and time for names. */
#include "base/clock.h"
#include "base/scoped.h"
#include "model/budget.h"
#include "symbolize/symbolizer.h"
#include "tests/elf/witness.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

/* A running program, and the tables for its names. */
struct fixture {
	struct strtab strings;
	struct dso_table dsos;
	struct frame_table frames;
	struct witness program;
	struct mapping m;
};

static int set_up(void **state)
{
	struct fixture *f = mem_new(1, sizeof(*f));
	char path[512];

	strtab_init(&f->strings);
	dso_table_init(&f->dsos, &f->strings);
	frame_table_init(&f->frames, &f->strings);
	witness_start(&f->program, temp_path(path, PROGRAMS, "chain_5"));
	witness_map(&f->program, &f->dsos, f->program.told.items[0].addr, &f->m);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	witness_stop(&f->program);
	frame_table_release(&f->frames);
	dso_table_release(&f->dsos);
	strtab_release(&f->strings);
	mem_free(f);
	return 0;
}

/* Looks up the first address of the program. Returns the outermost name and the number of
 * frames; 'note' becomes the first note, or "". */
static const char *look_up(struct fixture *f, const struct symbolizer_options *options,
			   size_t *n, char note[512])
{
	struct symbolizer *s = symbolizer_new(options, &f->dsos, &f->frames);
	struct frame_list list = {0};
	const char *name;

	symbolizer_look_up(s, &f->m, f->program.told.items[0].addr, false, SPACE_USER,
			   &list);
	snprintf(note, 512, "%s", symbolizer_note(s, 0) ? symbolizer_note(s, 0) : "");
	symbolizer_store(s);
	symbolizer_free(&s);
	name = frame_name(&f->frames, *vec_last(&list.items));
	*n = list.items.n;
	vec_release(&list.items);
	return name;
}

static void test_memory(void **state)
{
	struct fixture *f = *state;
	struct budget memory = {.all = 8 << 10};
	struct symbolizer_options options = {.use_system = true,
					     .is_live = true,
					     .inlines = true,
					     .completes = true,
					     .memory = &memory};
	char note[512];
	size_t n;

	assert_string_equal(look_up(f, &options, &n, note), "[unknown chain_5]");
	assert_non_null(strstr(note, "chain_5' lacks names"));
	assert_non_null(strstr(note, "too much memory"));
	assert_int_equal(memory.used, 0);
	/* Enough for everything. */
	memory.all = 64 << 20;
	assert_string_not_equal(look_up(f, &options, &n, note), "[unknown chain_5]");
	assert_true(n > 1);
	assert_string_equal(note, "");
	assert_int_equal(memory.used, 0);
}

static void test_time(void **state)
{
	struct fixture *f = *state;
	struct symbolizer_options options = {
		.use_system = true, .is_live = true, .inlines = true, .until = 1};
	char note[512];
	size_t n;

	assert_string_equal(look_up(f, &options, &n, note), "[unnamed chain_5]");
	assert_non_null(strstr(note, "--name-time"));
	assert_non_null(strstr(note, "chain_5'"));
	/* It is not resolved, so that another look-up finds it. */
	assert_false(dso_at(&f->dsos, f->m.dso)->resolved);
	options.until = clock_now() + (uint64_t)1000 * 1000000000;
	assert_string_not_equal(look_up(f, &options, &n, note), "[unnamed chain_5]");
	assert_true(n > 1);
	assert_string_equal(note, "");
	assert_true(dso_at(&f->dsos, f->m.dso)->resolved);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_memory),
		TEST(test_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
