#include "base/readers.h"

#include "tests/test.h"

static struct readers file(mode_t mode, gid_t group)
{
	const struct stat st = {.st_mode = S_IFREG | mode, .st_gid = group};

	return readers_of(&st);
}

static void a_new_file_is_for_the_same_readers(void **state)
{
	static const struct {
		mode_t mode, same_group, other_group;
	} cases[] = {
		{0600, 0600, 0600}, {0640, 0640, 0600}, {0644, 0644, 0644},
		{0400, 0600, 0600}, {0777, 0666, 0666}, {0604, 0600, 0600},
		{0660, 0660, 0600}, {0664, 0664, 0644},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct readers r = file(cases[i].mode, 7);

		assert_int_equal(readers_mode(&r, 7), cases[i].same_group);
		assert_int_equal(readers_mode(&r, 8), cases[i].other_group);
	}
}

static mode_t limited(struct readers r, struct readers other, gid_t group)
{
	readers_limit(&r, &other);
	return readers_mode(&r, group);
}

static void of_two_files_only_common_readers_are_left(void **state)
{
	(void)state;
	assert_int_equal(limited(file(0640, 7), file(0640, 7), 7), 0640);
	assert_int_equal(limited(file(0640, 7), file(0640, 8), 7), 0600);
	assert_int_equal(limited(file(0640, 7), file(0644, 8), 7), 0640);
	assert_int_equal(limited(file(0644, 8), file(0640, 7), 7), 0640);
	assert_int_equal(limited(file(0644, 8), file(0640, 7), 8), 0600);
	assert_int_equal(limited(file(0640, 7), file(0600, 7), 7), 0600);
	assert_int_equal(limited(readers_all(), file(0640, 7), 7), 0640);
	assert_int_equal(limited(file(0640, 7), readers_all(), 7), 0640);
	assert_int_equal(limited(readers_all(), readers_private(), 0), 0600);
	assert_int_equal(limited(readers_private(), readers_all(), 0), 0600);
	assert_int_equal(limited(readers_all(), readers_all(), 3), 0666);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_file_is_for_the_same_readers),
		cmocka_unit_test(of_two_files_only_common_readers_are_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
