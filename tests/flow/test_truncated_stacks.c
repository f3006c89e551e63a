#include "flow/truncated_stacks.h"

#include "base/scoped.h"
#include "tests/test.h"

#include <string.h>

enum { NAMELESS, COMPILER, LINTER, SHELL, ROOTS };

/* Counts samples of each root, some of them truncated. */
static struct truncated_program most_of(const uint64_t samples[ROOTS],
					const uint64_t truncated[ROOTS])
{
	struct truncated_stacks counts = {0};
	struct root_table roots = {0};
	struct truncated_program most;

	for (uint32_t i = 0; i < ROOTS; i++)
		vec_push(&roots.items, ((struct root){.comm = i}));
	for (uint32_t i = ROOTS; i--;) {
		truncated_stacks_count(&counts, i, samples[i] - truncated[i], false);
		truncated_stacks_count(&counts, i, truncated[i], true);
	}
	most = truncated_stacks_most(&counts, &roots);
	truncated_stacks_release(&counts);
	vec_release(&roots.items);
	return most;
}

static void the_one_with_most_is_named(void **state)
{
	const uint64_t samples[] = {900, 1000, 200, 50}, truncated[] = {900, 50, 190, 11};
	struct truncated_program most = most_of(samples, truncated);

	(void)state;
	assert_int_equal(most.comm, LINTER);
	assert_int_equal(most.samples, 200);
	assert_int_equal(most.truncated, 190);
	assert_int_equal(most.others, 2);
}

static void few_do_not_matter(void **state)
{
	const uint64_t samples[] = {0, 1000, 9, 2000}, truncated[] = {0, 10, 9, 20};
	const uint64_t one_more[] = {0, 11, 9, 20};
	struct truncated_program most = most_of(samples, truncated);

	(void)state;
	assert_int_equal(most.truncated, 0);
	assert_int_equal(most.others, 0);
	most = most_of(samples, one_more);
	assert_int_equal(most.comm, COMPILER);
	assert_int_equal(most.others, 0);
}

static void the_line_says_what_helps(void **state)
{
	struct truncated_program p = {.samples = 1000, .truncated = 123};
	scoped(mem_release) char *alone = truncated_program_note(&p, "ruff", 65528);

	(void)state;
	p.others = 3;
	scoped(mem_release) char *others = truncated_program_note(&p, "ruff", 9384);

	assert_string_equal(alone,
			    "12.3 % of the stacks of 'ruff' are truncated: they continue "
			    "beyond their copies of at most 65528 bytes, the largest "
			    "size");
	assert_string_equal(others,
			    "12.3 % of the stacks of 'ruff' are truncated (also of 3 "
			    "other programs): they continue beyond their copies of at "
			    "most 9384 bytes; try --stack-size 65528");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_one_with_most_is_named),
		cmocka_unit_test(few_do_not_matter),
		cmocka_unit_test(the_line_says_what_helps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
