#include "base/mem.h"

#include "base/scoped.h"
#include "tests/test.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Under AddressSanitizer too, a length beyond all memory gives NULL. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void new_memory_is_zeroed(void **state)
{
	unsigned char *p = mem_new(100, 10);

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(p[i], 0);
	mem_free(p);
	p = mem_new(0, 0);
	assert_non_null(p);
	mem_free(p);
	mem_free(NULL);
}

static void resizing_keeps_what_fits(void **state)
{
	char *p = mem_resize(NULL, 4, 1);

	(void)state;
	memcpy(p, "abcd", 4);
	p = mem_resize(p, 100, 1000);
	assert_memory_equal(p, "abcd", 4);
	p = mem_resize(p, 0, 1);
	assert_non_null(p);
	mem_free(p);
}

static void strings(void **state)
{
	scoped(mem_release) char *copy = mem_str("abcdef", 3);
	scoped(mem_release) char *text = mem_format("%s-%d", copy, 5);

	(void)state;
	assert_string_equal(copy, "abc");
	assert_string_equal(text, "abc-5");
}

static void release_nulls(void **state)
{
	char *p = mem_new(1, 1);

	(void)state;
	mem_release(&p);
	assert_null(p);
	mem_release(&p);
}

/* Runs in a child: what it wrote to stderr, and how it ended. */
static int starve(size_t n, size_t size, char *said, size_t room)
{
	int fds[2], status;
	ssize_t got;
	pid_t child;

	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (child == 0) {
		dup2(fds[1], STDERR_FILENO);
		mem_resize(NULL, n, size);
		_exit(99);
	}
	close(fds[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	/* A sanitizer may have ended the program before. */
	got = read(fds[0], said, room - 1);
	said[got > 0 ? got : 0] = '\0';
	close(fds[0]);
	return status;
}

static void without_memory_the_program_ends(void **state)
{
	char said[8192];
	int status;

	(void)state;
	status = starve(SIZE_MAX / 4, 16, said, sizeof(said));
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_non_null(strstr(said, "flame: out of memory\n"));
	status = starve(SIZE_MAX / 4, 1, said, sizeof(said));
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
}

static void expect_list(size_t n, size_t most, const char *expected)
{
	static const char *const words[] = {"a", "b", "c"};
	char *list = mem_list(words, n, most);

	assert_string_equal(list, expected);
	mem_free(list);
}

static void lists(void **state)
{
	(void)state;
	expect_list(0, 2, "");
	expect_list(1, 2, "a");
	expect_list(2, 2, "a, b");
	expect_list(3, 2, "a, b and 1 more");
	expect_list(3, 1, "a and 2 more");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_memory_is_zeroed),
		cmocka_unit_test(resizing_keeps_what_fits),
		cmocka_unit_test(strings),
		cmocka_unit_test(lists),
		cmocka_unit_test(release_nulls),
		cmocka_unit_test(without_memory_the_program_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
