#include "base/destination.h"

#include "base/mem.h"
#include "base/out.h"
#include "base/scoped.h"
#include "tests/files.h"
#include "tests/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *get(const char *path, char text[100])
{
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(text, 1, 99, f) : 0;

	text[n] = '\0';
	if (f)
		fclose(f);
	return f ? text : NULL;
}

static void write_file(const char *path, unsigned flags, const char *text)
{
	scoped(out_free) struct out *o = NULL;
	struct error err;

	o = out_open(path, flags, &err);
	assert_non_null(o);
	out_str(o, text);
	assert_int_equal(out_commit(o, &err), 0);
}

#define in_folder(test)                                                                  \
	cmocka_unit_test_setup_teardown(test, temp_dir_enter, temp_dir_leave)

/* The place is a folder, not its path. */
static void a_renamed_folder_gets_the_file(void **state)
{
	const struct readers all = readers_all();
	struct destination d;
	struct error err;
	struct out *o;
	char text[100];

	(void)state;
	assert_int_equal(mkdir("here", 0777), 0);
	assert_int_equal(mkdir("far", 0777), 0);
	assert_int_equal(destination_open(&d, "here/a", 0, &err), 0);
	assert_int_equal(rename("here", "there"), 0);
	assert_int_equal(symlink("far", "here"), 0);
	o = out_open_at(&d, &all, &err);
	destination_release(&d);
	assert_non_null(o);
	out_str(o, "hello");
	assert_int_equal(out_flush(o, &err), 0);
	assert_int_equal(rename("there", "elsewhere"), 0);
	assert_non_null(strstr(out_path(o), "/elsewhere/a.part-"));
	assert_string_equal(get(out_path(o), text), "hello");
	assert_string_equal(get(out_self(o), text), "hello");
	assert_int_equal(out_commit(o, &err), 0);
	out_free(&o);
	assert_string_equal(get("elsewhere/a", text), "hello");
}

/* A folder has taken the name meanwhile. */
static void a_complete_file_stays_if_its_name_is_taken(void **state)
{
	struct error err;
	struct out *o = out_open("a", 0, &err);
	char path[200], text[100];

	(void)state;
	out_str(o, "hello");
	assert_int_equal(mkdir("a", 0777), 0);
	assert_int_equal(out_commit(o, &err), -1);
	assert_int_equal(err.code, EISDIR);
	snprintf(path, sizeof(path), "%s", out_path(o));
	assert_non_null(strstr(err.text, path));
	out_free(&o);
	assert_string_equal(get(path, text), "hello");
}

static void an_old_name_that_is_no_file_is_refused(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(mkdir("a.old", 0777), 0);
	/* Nothing would be renamed to it. */
	write_file("a", OUT_KEEP_OLD, "1");
	assert_null(out_open("a", OUT_KEEP_OLD, &err));
	assert_string_equal(err.text, "cannot keep 'a' as 'a.old': 'a.old' is a folder");
	write_file("a", 0, "2");
	assert_int_equal(access("a", F_OK), 0);
}

static struct destination opened(const char *path)
{
	struct destination d;
	struct error err;

	assert_int_equal(destination_open(&d, path, 0, &err), 0);
	return d;
}

static bool are_same(const char *a, const char *b)
{
	scoped(destination_release) struct destination x = opened(a), y = opened(b);

	assert_int_equal(destination_same(&x, &y), destination_same(&y, &x));
	return destination_same(&x, &y);
}

static void one_file_has_many_paths(void **state)
{
	(void)state;
	assert_int_equal(mkdir("dir", 0777), 0);
	assert_int_equal(symlink("dir/a", "link"), 0);
	/* It does not exist yet. */
	assert_true(are_same("dir/a", "link"));
	assert_true(are_same("dir/a", "./dir/../dir//A"));
	assert_false(are_same("dir/a", "a"));
	assert_false(are_same("dir/a", "dir/b"));
	write_file("dir/a", 0, "");
	assert_int_equal(link("dir/a", "hard"), 0);
	assert_true(are_same("dir/a", "link"));
	assert_true(are_same("hard", "link"));
	assert_false(are_same("hard", "dir/b"));
	assert_false(are_same("/dev/null", "/dev/null"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(a_renamed_folder_gets_the_file),
		in_folder(a_complete_file_stays_if_its_name_is_taken),
		in_folder(an_old_name_that_is_no_file_is_refused),
		in_folder(one_file_has_many_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
