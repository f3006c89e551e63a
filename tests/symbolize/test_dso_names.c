/* Names that a dso must not get, or no longer has. */
#include "base/scoped.h"
#include "symbolize/symbolizer.h"
#include "tests/elf/witness.h"
#include "tests/symbolize/tables.h"
#include "tests/test.h"

#include <stdio.h>

static const struct symbolizer_options of_recording;
static const struct symbolizer_options now = {.use_system = true};
static const struct symbolizer_options later = {.use_system = true, .completes = true};
static const struct symbolizer_options with_lines = {.inlines = true, .lines = true};

static int set_up(void **state)
{
	struct tables *t = mem_new(1, sizeof(*t));

	tables_init(t);
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	tables_release(*state);
	mem_free(*state);
	return 0;
}

static void expect(struct tables *t, const struct symbolizer_options *options,
		   const struct mapping *m, uint64_t addr, const char *name)
{
	scoped(symbolizer_free) struct symbolizer *s =
		symbolizer_new(options, &t->dsos, &t->frames);
	struct frame_list list = {0};

	symbolizer_look_up(s, m, addr, false, SPACE_USER, &list);
	assert_int_equal(list.items.n, 1);
	assert_string_equal(frame_name(&t->frames, list.items.items[0]), name);
	vec_release(&list.items);
	symbolizer_store(s);
}

/* The recorded reason for missing names no longer holds once the file is found. */
static void test_reasons_end_with_what_they_were_for(void **state)
{
	struct tables *t = *state;
	char dir[64], path[512], away[512];
	struct witness told;
	struct mapping m;

	temp_dir_make(dir);
	file_copy(PROGRAMS "/pie", temp_path(path, dir, "prog"));
	witness_start(&told, path);
	witness_map(&told, &t->dsos, told.told.items[0].addr, &m);
	witness_stop(&told);
	assert_int_equal(rename(path, temp_path(away, dir, "away")), 0);
	file_copy(PROGRAMS "/other", path);
	expect(t, &now, &m, m.end - 1, "[replaced prog]");
	expect(t, &of_recording, &m, m.end - 1, "[replaced prog]");
	assert_int_equal(rename(away, path), 0);
	expect(t, &later, &m, m.end - 1, "[unknown prog]");
	temp_dir_remove(dir);
}

/* The vdso of another kernel, and of an unknown kernel. */
static void test_vdso_of_an_old_recording(void **state)
{
	const struct build_id ids[] = {build_id_of("another", 7), {0}};
	struct tables *t = *state;

	for (size_t i = 0; i < array_size(ids); i++) {
		const struct dso dso = {.kind = DSO_VDSO,
					.path = strtab_add(&t->dso_strings, "[vdso]"),
					.build_id = ids[i]};
		const struct mapping m = {0x7ffff0000000, 0x7ffff0002000, 0, 0,
					  dso_add(&t->dsos, &dso)};

		for (uint64_t at = 0; at < 0x2000; at += 64)
			expect(t, &later, &m, m.start + at, "[unknown vdso]");
	}
}

/* A function without a name has no line either. */
static void test_a_line_without_a_name(void **state)
{
	const struct inline_frame place = {.file = "main.c", .line = 12};
	struct tables *t = *state;
	const struct dso dso = {.path = strtab_add(&t->dso_strings, "/opt/gone")};
	const struct mapping m = {0x400000, 0x401000, 0, 0, dso_add(&t->dsos, &dso)};
	struct inline_table *places = inline_table_new();

	inline_table_add(places, 0x10, &place, 1);
	dso_at(&t->dsos, m.dso)->places = places;
	expect(t, &with_lines, &m, 0x400010, "[unknown gone]");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_reasons_end_with_what_they_were_for),
		TEST(test_vdso_of_an_old_recording),
		TEST(test_a_line_without_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
