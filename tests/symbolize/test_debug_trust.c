/* Debug files where the owner of a program chooses the place. */
#include "base/scoped.h"
#include "tests/files.h"
#include "tests/symbolize/debug_world.h"
#include "tests/test.h"

#include <stdio.h>
#include <unistd.h>

/* A file of another root has its debug files there, not at the same path of ours. */
static void test_only_in_its_root(void **state)
{
	const struct files *f = *state;
	struct loaded l;
	char path[512], root[512];

	make(f, "noid");
	temp_path(root, f->root, "r");
	run(f, "mkdir -p r%s/opt && echo wrong >opt/prog.debug", f->root);
	run(f, "cp prog.debug r%s/opt/", f->root);
	l = load(f, temp_path(path, f->root, "opt/prog"), root);
	assert_true(is_named(&l));
	assert_null(l.refused);
	loaded_release(&l);
	run(f, "cp prog.debug opt/ && rm -r r && mkdir r");
	l = load(f, path, root);
	assert_false(is_named(&l));
	assert_null(l.refused);
	loaded_release(&l);
}

/* The file at the path in our root must be the mapped one: of a program that is gone, the
 * root is unknown. */
static void test_another_file_at_the_path(void **state)
{
	const struct files *f = *state;
	struct loaded l;
	char path[512];

	make(f, "noid");
	run(f, "mkdir other && cp opt/prog prog.debug other/");
	l = load(f, temp_path(path, f->root, "other/prog"), NULL);
	assert_false(is_named(&l));
	loaded_release(&l);
	run(f, "rm other/prog && ln opt/prog other/prog");
	l = load(f, path, NULL);
	assert_true(is_named(&l));
	loaded_release(&l);
}

/* The owner of a program's folder could plant a link to any file. */
static void test_links_beside_the_program(void **state)
{
	const struct files *f = *state;

	make(f, "noid");
	run(f, "ln -s ../prog.debug opt/prog.debug");
	assert_false(is_named_here(f));
	run(f, "rm -r opt/prog.debug opt/.debug && ln -s .. opt/.debug");
	assert_false(is_named_here(f));
	run(f, "rm opt/.debug && cp prog.debug opt/");
	assert_true(is_named_here(f));
}

/* A debug file that only another user can read, or may have planted. */
static void test_owner_of_the_debug_file(void **state)
{
	static const struct {
		const char *owner, *mode, *program_owner;
		bool is_trusted;
	} rows[] = {
		{"0", "644", "0", true},	 {"0", "600", "0", true},
		{"0", "644", "65534", true},	 {"0", "600", "65534", false},
		{"65534", "600", "65534", true}, {"65534", "644", "0", false},
		{"1", "644", "65534", false},
	};
	const struct files *f = *state;

	if (geteuid())
		skip();
	make(f, "noid");
	for (size_t i = 0; i < array_size(rows); i++) {
		run(f,
		    "chown 0 prog.debug && cp prog.debug opt/ && "
		    "chown %s opt/prog.debug && chmod %s opt/prog.debug && "
		    "chown %s opt/prog",
		    rows[i].owner, rows[i].mode, rows[i].program_owner);
		assert_int_equal(is_named_here(f), rows[i].is_trusted);
		expect(f, rows[i].is_trusted, NULL);
	}
}

static void test_links_out_of_the_folder(void **state)
{
	struct files f = *(const struct files *)*state;
	char folder[512];
	struct loaded l;

	f.folder = temp_path(folder, f.root, "usr/lib/debug");
	make(&f, "pie");
	run(&f, "ln -s ../../../../../../prog.debug out && "
		"ln -s ../../opt/prog.debug in");
	put_by_id(&f, "pie", "out");
	l = load(&f, "/opt/prog", NULL);
	assert_false(is_named(&l));
	loaded_release(&l);
	run(&f, "cp prog.debug usr/lib/debug/opt/");
	put_by_id(&f, "pie", "in");
	l = load(&f, "/opt/prog", NULL);
	assert_true(is_named(&l));
	loaded_release(&l);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_only_in_its_root),	     TEST(test_another_file_at_the_path),
		TEST(test_links_beside_the_program), TEST(test_owner_of_the_debug_file),
		TEST(test_links_out_of_the_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
