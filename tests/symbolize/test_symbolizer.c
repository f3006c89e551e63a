#include "symbolize/symbolizer.h"

#include "base/scoped.h"
#include "elf/dso_keeper.h"
#include "tests/elf/witness.h"
#include "tests/files.h"
#include "tests/symbolize/world.h"
#include "tests/test.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void expect_told(struct world *w, struct symbolizer *s, const char *program,
			const char *object, enum frame_kind kind)
{
	struct witness told;
	char path[512];
	const struct told *it;

	witness_start(&told, temp_path(path, PROGRAMS, program));
	vec_each(it, &told.told) {
		struct mapping m;

		witness_map(&told, &w->t.dsos, it->addr, &m);
		world_expect(w, s, &m, it->addr, it->name, object, kind);
	}
	witness_stop(&told);
}

static void test_programs(void **state)
{
	struct world *w = *state;
	scoped(symbolizer_free) struct symbolizer *s = world_symbolizer(w, true, true);

	expect_told(w, s, "pie", "pie", FRAME_USER);
	expect_told(w, s, "nopie", "nopie", FRAME_USER);
	expect_told(w, s, "static", "static", FRAME_USER);
	expect_told(w, s, "noid", "noid", FRAME_USER);
	expect_told(w, s, "far", "far", FRAME_USER);
	expect_told(w, s, "loader", "libwitness.so", FRAME_LIBRARY);
	assert_null(symbolizer_note(s, 0));
}

/* A file that was not kept may still be opened in time: then there is no note. */
static void test_not_kept(void **state)
{
	struct world *w = *state;
	scoped(dso_keeper_free) struct dso_keeper *keeper = dso_keeper_new(1, NULL);
	const struct symbolizer_options options = {
		.use_system = true, .is_live = true, .keeper = keeper};
	scoped(symbolizer_free) struct symbolizer *s =
		symbolizer_new(&options, &w->t.dsos, &w->t.frames);

	expect_told(w, s, "pie", "pie", FRAME_USER);
	assert_null(symbolizer_note(s, 0));
}

static void test_stripped_programs(void **state)
{
	struct world *w = *state;
	scoped(symbolizer_free) struct symbolizer *s = world_symbolizer(w, true, true);
	struct witness told;
	struct mapping m;

	witness_start(&told, PROGRAMS "/stripped");
	witness_map(&told, &w->t.dsos, told.told.items[0].addr, &m);
	world_expect(w, s, &m, told.told.items[0].addr, "exported", "stripped",
		     FRAME_USER);
	world_expect(w, s, &m, told.told.items[1].addr, "[unknown stripped]", "stripped",
		     FRAME_UNKNOWN);
	witness_stop(&told);
	witness_start(&told, PROGRAMS "/nameless");
	witness_map(&told, &w->t.dsos, told.told.items[0].addr, &m);
	world_expect(w, s, &m, told.told.items[0].addr, "[unknown nameless]", "nameless",
		     FRAME_UNKNOWN);
	witness_stop(&told);
}

static void test_by_build_id_of_a_past_process(void **state)
{
	struct world *w = *state;
	scoped(symbolizer_free) struct symbolizer *s = world_symbolizer(w, true, false);
	struct witness told;
	struct mapping m;

	witness_start(&told, PROGRAMS "/pie");
	witness_map_by_id(&told, &w->t.dsos, told.told.items[2].addr, PROGRAMS "/pie",
			  &m);
	kill(told.pid, SIGKILL);
	waitpid(told.pid, NULL, 0);
	world_expect(w, s, &m, told.told.items[2].addr, "ns::map<long>::find", "pie",
		     FRAME_USER);
	vec_release(&told.told);
}

static void test_replaced(void **state)
{
	struct world *w = *state;
	scoped(symbolizer_free) struct symbolizer *s = world_symbolizer(w, true, true);
	struct witness told;
	struct mapping m;
	char path[512];

	file_copy(PROGRAMS "/pie", temp_path(path, w->dir, "prog"));
	witness_start(&told, path);
	witness_map_by_id(&told, &w->t.dsos, told.told.items[0].addr, path, &m);
	kill(told.pid, SIGKILL);
	waitpid(told.pid, NULL, 0);
	file_copy(PROGRAMS "/other", path);
	world_expect(w, s, &m, told.told.items[0].addr, "[replaced prog]", "prog",
		     FRAME_UNKNOWN);
	assert_non_null(strstr(symbolizer_note(s, 0), path));
	assert_null(symbolizer_note(s, 1));
	vec_release(&told.told);
}

static void test_program_from_a_recording(void **state)
{
	struct world *w = *state;
	struct symbolizer *s = world_symbolizer(w, true, true);
	const struct dso *dso;
	struct witness told;
	struct mapping m;
	char path[512];

	file_copy(PROGRAMS "/pie", temp_path(path, w->dir, "prog"));
	witness_start(&told, path);
	witness_map(&told, &w->t.dsos, told.told.items[0].addr, &m);
	for (size_t i = 0; i < 3; i++)
		world_expect(w, s, &m, told.told.items[i].addr, told.told.items[i].name,
			     "prog", FRAME_USER);
	symbolizer_store(s);
	symbolizer_free(&s);
	/* Only symbols with samples, with their names in the file. */
	dso = dso_at(&w->t.dsos, m.dso);
	assert_true(dso->resolved);
	assert_int_equal(dso->reason, 0);
	assert_int_equal(dso->names->items.n, 3);
	unlink(path);
	s = world_symbolizer(w, false, false);
	for (size_t i = 0; i < 3; i++)
		world_expect(w, s, &m, told.told.items[i].addr, told.told.items[i].name,
			     "prog", FRAME_USER);
	symbolizer_free(&s);
	witness_stop(&told);
}

static void test_untouched_dso_stays_unresolved(void **state)
{
	struct world *w = *state;
	scoped(symbolizer_free) struct symbolizer *s = world_symbolizer(w, true, true);
	const struct mapping a = world_map(w, DSO_FILE, "/opt/a", 0x400000, 0x1000);
	const struct mapping b = world_map(w, DSO_FILE, "/opt/b", 0x500000, 0x1000);

	world_expect(w, s, &b, 0x500010, "[unverified b]", "b", FRAME_UNKNOWN);
	symbolizer_store(s);
	assert_false(dso_at(&w->t.dsos, a.dso)->resolved);
	assert_true(dso_at(&w->t.dsos, b.dso)->resolved);
	assert_string_equal(
		strtab_str(&w->t.dso_strings, dso_at(&w->t.dsos, b.dso)->reason),
		"[unverified b]");
}

static void test_keep_mangled(void **state)
{
	const struct symbolizer_options options = {
		.use_system = true, .is_live = true, .keep_mangled = true};
	struct world *w = *state;
	scoped(symbolizer_free) struct symbolizer *s =
		symbolizer_new(&options, &w->t.dsos, &w->t.frames);
	struct witness told;
	struct mapping m;

	witness_start(&told, PROGRAMS "/pie");
	witness_map(&told, &w->t.dsos, told.told.items[2].addr, &m);
	world_expect(w, s, &m, told.told.items[2].addr, "_ZN2ns3mapIlE4findEi", "pie",
		     FRAME_USER);
	witness_stop(&told);
}

/* Numbers that no kernel gives, from a file that was made up. */
static void test_wild_mappings(void **state)
{
	struct world *w = *state;
	scoped(symbolizer_free) struct symbolizer *s = world_symbolizer(w, true, true);
	struct witness told;
	struct mapping m;

	witness_start(&told, PROGRAMS "/pie");
	witness_map(&told, &w->t.dsos, told.told.items[0].addr, &m);
	for (unsigned i = 0; i < 64; i++) {
		struct frame_list list = {0};

		m.file_off = (uint64_t)-1 << i;
		symbolizer_look_up(s, &m, m.start, true, SPACE_USER, &list);
		symbolizer_look_up(s, &m, 0, true, SPACE_USER, &list);
		symbolizer_look_up(s, &m, UINT64_MAX, false, SPACE_KERNEL, &list);
		assert_int_equal(list.items.n, 3);
		vec_release(&list.items);
	}
	witness_stop(&told);
}

static void test_long_paths(void **state)
{
	struct world *w = *state;
	scoped(symbolizer_free) struct symbolizer *s = world_symbolizer(w, true, true);
	char path[3000];

	for (int kind = DSO_FILE; kind <= DSO_BPF; kind++) {
		struct mapping m;

		memset(path, 'x', sizeof(path));
		path[0] = kind == DSO_MODULE ? '[' : '/';
		path[sizeof(path) - 1] = '\0';
		m = world_map(w, kind, path, 0x400000, 0x1000);
		world_frame(w, s, &m, 0x400010, SPACE_USER);
		m = world_map(w, kind, "", 0x400000, 0x1000);
		world_frame(w, s, &m, 0x400010, SPACE_USER);
		m = world_map(w, kind, "[", 0x400000, 0x1000);
		world_frame(w, s, &m, 0x400010, SPACE_USER);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_world(test_programs),
		in_world(test_not_kept),
		in_world(test_stripped_programs),
		in_world(test_by_build_id_of_a_past_process),
		in_world(test_replaced),
		in_world(test_program_from_a_recording),
		in_world(test_untouched_dso_stays_unresolved),
		in_world(test_keep_mangled),
		in_world(test_wild_mappings),
		in_world(test_long_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
