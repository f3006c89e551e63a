/* The kernel's callchain continues stacks that cannot be unwound any further. */
#include "tests/unwind/hand_stack.h"

#include "model/callchain.h"

static int setup(void **state)
{
	*state = hand_stack_new("frames");
	return 0;
}

static int teardown(void **state)
{
	hand_stack_free(*state);
	return 0;
}

static void set_chain(struct hand_stack *s, const uint64_t *chain, size_t n)
{
	s->sample.chain = chain;
	s->sample.n_chain = n;
}

static void set_fp(struct hand_stack *s, uint64_t fp)
{
	unwind_regs_set(&s->sample.regs, UNWIND_X86_BP, fp);
}

/* Frames with frame pointers, none of which is in the copy. */
static void test_outside_of_the_copy(void **state)
{
	struct hand_stack *s = *state;
	const uint64_t chain[] = {
		hand_stack_at(s, "framed", 2),	  hand_stack_at(s, "framed", 4),
		hand_stack_at(s, "framed", 6),	  hand_stack_at(s, "framed", 8),
		hand_stack_at(s, "outermost", 4),
	};

	set_fp(s, hand_stack_slot(WORDS + 10));
	set_chain(s, chain, 5);
	assert_int_equal(hand_stack_try(s, chain[0]), UNWIND_ROOT);
	assert_int_equal(s->n, 5);
	for (size_t i = 0; i < 5; i++)
		hand_stack_expect(s, i, chain[i]);
	/* A chain that is not whole. */
	for (size_t n = 0; n < 5; n++) {
		set_chain(s, chain, n);
		assert_int_equal(hand_stack_try(s, chain[0]), UNWIND_TRUNCATED);
		assert_int_equal(s->n, n ? n : 1);
	}
	/* The chain of another instruction. */
	set_chain(s, chain, 5);
	assert_int_equal(hand_stack_try(s, chain[1]), UNWIND_TRUNCATED);
	assert_int_equal(s->n, 1);
}

/* The first frames are in the copy: the chain's entries for them are passed. */
static void test_partly_in_the_copy(void **state)
{
	struct hand_stack *s = *state;
	const uint64_t chain[] = {
		hand_stack_at(s, "framed", 2), hand_stack_at(s, "framed", 4),
		hand_stack_at(s, "framed", 6), hand_stack_at(s, "outermost", 4)};

	set_fp(s, hand_stack_slot(10));
	s->words[10] = hand_stack_slot(20);
	s->words[11] = chain[1];
	s->words[20] = hand_stack_slot(WORDS + 5);
	s->words[21] = chain[2];
	set_chain(s, chain, 4);
	assert_int_equal(hand_stack_try(s, chain[0]), UNWIND_ROOT);
	assert_int_equal(s->n, 4);
	for (size_t i = 0; i < 4; i++)
		hand_stack_expect(s, i, chain[i]);
	/* No frame pointer of the chain leads to the frame that cannot be left. */
	s->words[10] = hand_stack_slot(WORDS + 9);
	s->words[20] = hand_stack_slot(WORDS + 5);
	set_fp(s, hand_stack_slot(10) + 1);
	assert_int_equal(hand_stack_try(s, chain[0]), UNWIND_BROKEN);
	assert_int_equal(s->n, 1);
}

/* A rule that leads nowhere, and a frame pointer that leads on in the copy: rules
 * follow. */
static void test_in_the_copy(void **state)
{
	struct hand_stack *s = *state;
	const uint64_t chain[] = {hand_stack_at(s, "stuck", 6),
				  hand_stack_at(s, "plain", 6)};

	set_fp(s, hand_stack_slot(10));
	s->words[10] = hand_stack_slot(30);
	s->words[11] = chain[1];
	s->words[14] = hand_stack_at(s, "framed", 6);
	s->words[31] = hand_stack_at(s, "outermost", 4);
	set_chain(s, chain, 2);
	assert_int_equal(hand_stack_try(s, chain[0]), UNWIND_ROOT);
	assert_int_equal(s->n, 5);
	/* stuck() keeps no frame pointer: it was called by another one. */
	hand_stack_expect(s, 1, CALLCHAIN_MISSING);
	hand_stack_expect(s, 2, chain[1]);
	hand_stack_expect(s, 3, hand_stack_at(s, "framed", 6));
	hand_stack_expect(s, 4, hand_stack_at(s, "outermost", 4));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_outside_of_the_copy),
		TEST(test_partly_in_the_copy),
		TEST(test_in_the_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
