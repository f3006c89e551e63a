#include "base/scoped.h"
#include "symbolize/source_elf.h"
#include "symbolize/symbolizer.h"
#include "tests/elf/witness.h"
#include "tests/symbolize/debug_world.h"
#include "tests/symbolize/symbols.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_places_in_the_root(void **state)
{
	static const char *const places[] = {"opt", "opt/.debug", "usr/lib/debug/opt"};
	static const char *const programs[] = {"noid", "pie"};
	const struct files *f = *state;

	for (size_t k = 0; k < array_size(programs); k++) {
		make(f, programs[k]);
		expect(f, false, NULL);
		for (size_t i = 0; i < array_size(places); i++) {
			run(f, "cp prog.debug %s/", places[i]);
			expect(f, true, NULL);
			run(f, "rm %s/prog.debug", places[i]);
		}
	}
}

/* If only the root was changed, the kernel reports paths as we see them. */
static void test_changed_root(void **state)
{
	const struct files *f = *state;
	struct loaded l;
	char path[512];

	make(f, "noid");
	run(f, "cp prog.debug usr/lib/debug/opt/");
	l = load(f, temp_path(path, f->root, "opt/prog"), f->root);
	assert_true(is_named(&l));
	loaded_release(&l);
	l = load(f, path, NULL);
	assert_false(is_named(&l));
	loaded_release(&l);
}

static void test_our_own_places(void **state)
{
	const struct files *f = *state;
	char path[512];

	make(f, "noid");
	temp_path(path, f->root, "opt/prog");
	for (int i = 0; i < 2; i++) {
		struct loaded l = load(f, path, NULL);

		assert_false(is_named(&l));
		loaded_release(&l);
		run(f, "cp prog.debug opt/%s", i ? ".debug/" : "");
		l = load(f, path, NULL);
		assert_true(is_named(&l));
		loaded_release(&l);
		run(f, "find opt -name prog.debug -delete");
	}
}

static void test_folder_of_the_user(void **state)
{
	struct files f = *(const struct files *)*state;
	char folder[512];

	f.folder = temp_path(folder, f.root, "usr/lib/debug");
	for (int has_id = 0; has_id < 2; has_id++) {
		const char *program = has_id ? "pie" : "noid";
		struct loaded l;

		make(&f, program);
		l = load(&f, "/opt/prog", NULL);
		assert_false(is_named(&l));
		loaded_release(&l);
		if (has_id)
			put_by_id(&f, program, "prog.debug");
		else
			run(&f, "cp prog.debug usr/lib/debug/opt/");
		l = load(&f, "/opt/prog", NULL);
		assert_true(is_named(&l));
		loaded_release(&l);
		run(&f, "rm -r usr");
	}
}

static void test_wrong_checksum(void **state)
{
	const struct files *f = *state;

	make(f, "noid");
	run(f, "(cat prog.debug && echo more) >opt/prog.debug");
	expect(f, false, "/opt/prog.debug");
	/* One that is right is still found. */
	run(f, "cp prog.debug opt/.debug/");
	expect(f, true, "/opt/prog.debug");
	/* The same build id does not help. */
	make(f, "pie");
	run(f, "(cat prog.debug && echo more) >opt/prog.debug && rm opt/.debug/*");
	expect(f, false, "/opt/prog.debug");
}

static void test_wrong_build_id(void **state)
{
	const struct files *f = *state;

	make(f, "pie");
	/* The checksum is right, as a debug link to it has been made. */
	run(f, OBJCOPY " --only-keep-debug " PROGRAMS "/other opt/prog.debug && " OBJCOPY
		       " -R .gnu_debuglink opt/prog && " OBJCOPY
		       " --add-gnu-debuglink=opt/prog.debug opt/prog");
	expect(f, false, "/opt/prog.debug");
}

static void test_by_build_id(void **state)
{
	static const char *const programs[] = {"pie", "shortid"};
	const struct files *f = *state;

	for (size_t i = 0; i < array_size(programs); i++) {
		make(f, programs[i]);
		expect(f, false, NULL);
		put_by_id(f, programs[i], "prog.debug");
		expect(f, true, NULL);
	}
}

static void test_wrong_file_by_build_id(void **state)
{
	const struct files *f = *state;
	struct loaded l;

	make(f, "pie");
	put_by_id(f, "pie", PROGRAMS "/other");
	l = load(f, "/opt/prog", f->root);
	assert_false(is_named(&l));
	assert_non_null(l.refused);
	assert_non_null(strstr(l.refused, "/usr/lib/debug/.build-id/"));
	loaded_release(&l);
}

/* In the root of a process an absolute link is one from that root on. */
static void test_link_stays_in_the_root(void **state)
{
	const struct files *f = *state;

	make(f, "pie");
	run(f, "cp prog.debug elsewhere && ln -s %s/elsewhere absolute", f->root);
	put_by_id(f, "pie", "absolute");
	expect(f, false, NULL);
	run(f, "rm absolute && ln -s /elsewhere absolute");
	put_by_id(f, "pie", "absolute");
	expect(f, true, NULL);
}

/* As old as debug files are: of the same name, in another folder. */
static void test_debug_file_of_the_same_name(void **state)
{
	const struct files *f = *state;

	make(f, "noid");
	run(f, "cp prog.debug usr/lib/debug/opt/prog && " OBJCOPY
	       " -R .gnu_debuglink opt/prog && " OBJCOPY
	       " --add-gnu-debuglink=usr/lib/debug/opt/prog opt/prog");
	expect(f, true, NULL);
	run(f, "rm usr/lib/debug/opt/prog");
	expect(f, false, NULL);
}

static void test_not_a_file(void **state)
{
	const struct files *f = *state;

	make(f, "noid");
	run(f, "mkfifo opt/prog.debug && mkdir opt/.debug/prog.debug && "
	       "ln -s prog.debug usr/lib/debug/opt/prog.debug");
	expect(f, false, NULL);
	run(f, "rm opt/prog.debug && echo >opt/prog.debug");
	expect(f, false, "/opt/prog.debug");
	/* Larger than any file with code; more than is ever summed up. */
	run(f, "truncate -s 1025G opt/prog.debug");
	expect(f, false, NULL);
	run(f, "truncate -s 1025M opt/prog.debug");
	expect(f, false, "/opt/prog.debug");
}

static void test_damaged_link(void **state)
{
	static const char *const links[] = {"",
					    "prog.debug",
					    "prog.debug\\0\\0\\0\\0",
					    "/etc/passwd\\0abcd",
					    "../prog.debug\\0\\0\\0abcd",
					    "\\0\\0\\0\\0abcd"};
	const struct files *f = *state;

	make(f, "noid");
	run(f, "cp prog.debug opt/");
	for (size_t i = 0; i < array_size(links); i++) {
		run(f,
		    "printf '%s' >link && " OBJCOPY
		    " -R .gnu_debuglink opt/prog && " OBJCOPY
		    " --add-section .gnu_debuglink=link opt/prog",
		    links[i]);
		expect(f, false, NULL);
	}
}

/* A prelinked program has other addresses than its debug file. */
static void test_moved_program(void **state)
{
	const struct files *f = *state;
	struct loaded whole, stripped;
	const struct symbol *a, *b;

	make(f, "moved_from");
	run(f, "cp " PROGRAMS "/moved_to opt/prog");
	whole = load(f, "/opt/prog", f->root);
	run(f, "cp prog.debug opt && " OBJCOPY
	       " --strip-all --add-gnu-debuglink=prog.debug opt/prog");
	stripped = load(f, "/opt/prog", f->root);
	assert_true(is_named(&whole) && is_named(&stripped));
	a = symbols_find(whole.t, "local");
	b = symbols_find(stripped.t, "local");
	assert_int_equal(a->start, b->start);
	assert_int_equal(a->end, b->end);
	loaded_release(&whole);
	loaded_release(&stripped);
}

/* Local functions from .gnu_debugdata, the others from .dynsym. */
static void test_mini_debug(void **state)
{
	static const char *const names[] = {"local", "exported", "strong_name", "main"};
	const struct files *f = *state;
	struct loaded whole, mini;

	run(f, "mkdir opt && cp " PROGRAMS "/dynamic opt/prog");
	whole = load(f, "", f->root);
	run(f, MINI_DEBUG " " PROGRAMS "/dynamic opt/prog");
	mini = load(f, "", f->root);
	assert_non_null(mini.t);
	for (size_t i = 0; i < array_size(names); i++) {
		const struct symbol *a = symbols_find(whole.t, names[i]);
		const struct symbol *b = symbols_find(mini.t, names[i]);

		assert_non_null(a);
		assert_non_null(b);
		assert_int_equal(a->start, b->start);
		assert_int_equal(a->end, b->end);
	}
	loaded_release(&whole);
	loaded_release(&mini);
	/* Data that is not xz is ignored. */
	run(f, "echo junk >junk && " OBJCOPY
	       " --update-section .gnu_debugdata=junk opt/prog");
	mini = load(f, "", f->root);
	assert_null(symbols_find(mini.t, "local"));
	assert_non_null(symbols_find(mini.t, "exported"));
	loaded_release(&mini);
}

/* The note for the user: once, though both names and DWARF are read. */
static void expect_note(struct symbolizer *s, struct dso_table *dsos, const char *program,
			const char *refused)
{
	struct frame_list list = {0};
	struct witness told;
	struct mapping m;
	char note[1200];

	witness_start(&told, program);
	witness_map(&told, dsos, told.told.items[1].addr, &m);
	for (int i = 0; i < 2; i++)
		symbolizer_look_up(s, &m, told.told.items[1].addr, false, SPACE_USER,
				   &list);
	witness_stop(&told);
	vec_release(&list.items);
	snprintf(note, sizeof(note), "'%s' is not the debug file of '%s'", refused,
		 program);
	assert_non_null(symbolizer_note(s, 0));
	assert_string_equal(symbolizer_note(s, 0), note);
	assert_null(symbolizer_note(s, 1));
}

static void test_note(void **state)
{
	const struct symbolizer_options options = {
		.use_system = true, .is_live = true, .inlines = true};
	const struct files *f = *state;
	struct strtab strings;
	struct dso_table dsos;
	struct frame_table frames;
	char program[512], debug[512];
	struct symbolizer *s;

	strtab_init(&strings);
	dso_table_init(&dsos, &strings);
	frame_table_init(&frames, &strings);
	s = symbolizer_new(&options, &dsos, &frames);
	make(f, "pie");
	run(f, "cp " PROGRAMS "/other opt/prog.debug");
	expect_note(s, &dsos, temp_path(program, f->root, "opt/prog"),
		    temp_path(debug, f->root, "opt/prog.debug"));
	symbolizer_free(&s);
	frame_table_release(&frames);
	dso_table_release(&dsos);
	strtab_release(&strings);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_places_in_the_root),
		TEST(test_changed_root),
		TEST(test_our_own_places),
		TEST(test_folder_of_the_user),
		TEST(test_wrong_checksum),
		TEST(test_wrong_build_id),
		TEST(test_by_build_id),
		TEST(test_wrong_file_by_build_id),
		TEST(test_link_stays_in_the_root),
		TEST(test_debug_file_of_the_same_name),
		TEST(test_not_a_file),
		TEST(test_damaged_link),
		TEST(test_moved_program),
		TEST(test_mini_debug),
		TEST(test_note),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
