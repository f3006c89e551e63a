#include "unwind/unwind_symbols.h"

#include "base/mem.h"
#include "tests/files.h"
#include "tests/test.h"

#include <fcntl.h>
#include <unistd.h>

static size_t read_symbols(const char *name, uint32_t **starts)
{
	char path[512];
	int fd = open(temp_path(path, PROGRAMS, name), O_RDONLY | O_CLOEXEC);
	size_t n;

	if (fd < 0)
		skip();
	unwind_symbols_read(fd, 0, starts, &n);
	close(fd);
	return n;
}

/* libc has many names for the same functions: each start is there once, in order. */
static void test_sorted(void **state)
{
	uint32_t *starts;
	size_t n = read_symbols("static", &starts);

	(void)state;
	assert_true(n > 500);
	for (size_t i = 1; i < n; i++)
		assert_true(starts[i - 1] < starts[i]);
	mem_free(starts);
}

/* Undefined symbols of other files are no functions. */
static void test_stripped(void **state)
{
	uint32_t *starts;
	size_t n = read_symbols("nameless", &starts);

	(void)state;
	for (size_t i = 0; i < n; i++)
		assert_true(starts[i] > 0);
	mem_free(starts);
}

static void test_none(void **state)
{
	uint32_t *starts;
	size_t n = 1;

	(void)state;
	unwind_symbols_read(-1, 0, &starts, &n);
	assert_int_equal(n, 0);
	mem_free(starts);
	n = read_symbols("go_1_20", &starts);
	assert_int_equal(n, 0);
	mem_free(starts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sorted),
		cmocka_unit_test(test_stripped),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
