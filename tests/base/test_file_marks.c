#include "base/scoped.h"
#include "base/thread/file_marks.h"
#include "tests/test.h"

#include <string.h>

static void last_begun_is_first(void **unused)
{
	scoped(file_marks_free) struct file_marks *m = file_marks_new();
	struct file_mark found[FILE_MARKS_MAX];
	uint32_t a = file_marks_begin(m, 1, "/a"), b = file_marks_begin(m, 2, "/b");

	(void)unused;
	file_marks_begin(m, 3, "/c");
	file_marks_end(m, b);
	file_marks_end(m, a);
	a = file_marks_begin(m, 4, "/d");
	assert_int_equal(file_marks_copy(m, found), 2);
	assert_string_equal(found[0].path, "/d");
	assert_string_equal(found[1].path, "/c");
	file_marks_clear(m);
	assert_int_equal(file_marks_copy(m, found), 0);
}

static void marks_are_bounded(void **unused)
{
	scoped(file_marks_free) struct file_marks *m = file_marks_new();
	struct file_mark found[FILE_MARKS_MAX];
	char path[2 * FILE_MARK_PATH_MAX];

	(void)unused;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	for (int i = 0; i < 2 * FILE_MARKS_MAX; i++) {
		uint32_t mark = file_marks_begin(m, 5, path);

		if (i >= FILE_MARKS_MAX)
			file_marks_end(m, mark);
	}
	assert_int_equal(file_marks_copy(m, found), FILE_MARKS_MAX);
	assert_int_equal(strlen(found[0].path), FILE_MARK_PATH_MAX - 1);
}

static void files_are_forbidden(void **unused)
{
	scoped(file_marks_free) struct file_marks *m = file_marks_new();
	uint64_t key = 7;

	(void)unused;
	assert_false(file_marks_forbids(m, 7));
	assert_false(file_marks_forbids(NULL, 7));
	while (file_marks_forbid(m, key))
		assert_true(file_marks_forbids(m, key++));
	assert_true(key > 8);
	assert_false(file_marks_forbids(m, key));
	file_marks_clear(m);
	assert_true(file_marks_forbids(m, 7));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(last_begun_is_first),
		cmocka_unit_test(marks_are_bounded),
		cmocka_unit_test(files_are_forbidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
