#include "base/narrow.h"

#include "tests/test.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void passes_numbers_that_fit(void **state)
{
	(void)state;
	assert_int_equal(narrow_u8(0), 0);
	assert_int_equal(narrow_u8(255), 255);
	assert_int_equal(narrow_u16(65535), 65535);
	assert_int_equal(narrow_u32((size_t)UINT32_MAX), UINT32_MAX);
	assert_int_equal(narrow_int((size_t)INT_MAX), INT_MAX);
	assert_int_equal(narrow_i64((uint64_t)INT64_MAX), INT64_MAX);
	assert_int_equal(narrow_size((ssize_t)0), 0);
	assert_int_equal(narrow_size(INT64_MAX), INT64_MAX);
}

enum narrowing {
	TO_U8,
	TO_U16,
	TO_U32,
	TO_INT,
	TO_I64,
	TO_SIZE,
	U32_OF_NEGATIVE,
	N_NARROWINGS
};

static int64_t narrow_too_much(enum narrowing narrowing)
{
	volatile int64_t negative = -1;

	switch (narrowing) {
	case TO_U8:
		return narrow_u8(256);
	case TO_U16:
		return narrow_u16(65536);
	case TO_U32:
		return narrow_u32((uint64_t)UINT32_MAX + 1);
	case TO_INT:
		return narrow_int((uint64_t)INT_MAX + 1);
	case TO_I64:
		return narrow_i64((uint64_t)INT64_MAX + 1);
	case TO_SIZE:
		return (int64_t)narrow_size(negative);
	case U32_OF_NEGATIVE:
		return narrow_u32((uint64_t)negative);
	case N_NARROWINGS:
		break;
	}
	return 0;
}

static void ends_the_program_with_the_position(void **state)
{
	(void)state;
	for (enum narrowing narrowing = 0; narrowing < N_NARROWINGS; narrowing++) {
		char text[400] = "";
		int fds[2], status;
		pid_t pid;

		assert_int_equal(pipe(fds), 0);
		pid = fork();
		if (pid == 0) {
			signal(SIGABRT, SIG_DFL);
			dup2(fds[1], STDERR_FILENO);
			_exit(narrow_too_much(narrowing) != 0);
		}
		close(fds[1]);
		assert_true(read(fds[0], text, sizeof(text) - 1) > 0);
		close(fds[0]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGABRT);
		assert_non_null(strstr(text, "flame: internal error: "));
		assert_non_null(strstr(text, "test_narrow.c:"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes_numbers_that_fit),
		cmocka_unit_test(ends_the_program_with_the_position),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
