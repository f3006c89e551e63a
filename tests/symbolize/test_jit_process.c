#include "symbolize/jit_process.h"

#include "tests/elf/witness.h"
#include "tests/test.h"

#include <unistd.h>

/* An executed program is no fork of the program that executed it. */
static void test_exec_from_before(void **state)
{
	struct jit_process parent, child;
	struct witness w;

	(void)state;
	witness_start(&w, PROGRAMS "/pie");
	assert_true(jit_process_read(&parent, (uint32_t)getpid()));
	assert_true(jit_process_read(&child, (uint32_t)w.pid));
	assert_int_equal(child.parent, getpid());
	assert_false(jit_process_is_fork(&child, &parent));
	witness_stop(&w);
}

static void test_no_process(void **state)
{
	struct jit_process p;

	(void)state;
	assert_false(jit_process_read(&p, 0));
	assert_false(jit_process_read(&p, UINT32_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exec_from_before),
		cmocka_unit_test(test_no_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
