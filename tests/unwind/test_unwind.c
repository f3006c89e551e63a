/* Stacks made by hand, in a file with frames of every kind. */
#include "tests/files.h"
#include "tests/unwind/hand_stack.h"

#include <sys/stat.h>

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

static void test_waits(void **state)
{
	struct hand_stack *s = *state;

	s->n = FRAMES;
	unwind_regs_set(&s->sample.regs, UNWIND_X86_IP, hand_stack_at(s, "outermost", 6));
	assert_int_equal(unwind(s->unwinder, &s->sample, s->addrs, &s->n), UNWIND_WAITS);
	assert_int_equal(unwind(s->unwinder, &s->sample, s->addrs, &s->n), UNWIND_WAITS);
	assert_true(unwind_tables_make_next(s->tables));
	assert_false(unwind_tables_make_next(s->tables));
	s->n = FRAMES;
	assert_int_equal(unwind(s->unwinder, &s->sample, s->addrs, &s->n), UNWIND_ROOT);
	assert_int_equal(s->n, 1);
	assert_int_equal(unwind_tables_stats(s->tables).tables, 1);
}

static void test_by_rules(void **state)
{
	struct hand_stack *s = *state;

	s->words[2] =
		hand_stack_at(s, "framed", 16); /* a call was its last instruction */
	unwind_regs_set(&s->sample.regs, UNWIND_X86_BP, hand_stack_slot(10));
	s->words[10] = hand_stack_slot(20);
	s->words[11] = hand_stack_at(s, "framed", 8);
	s->words[20] = 0;
	s->words[21] = hand_stack_at(s, "outermost", 4);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "plain", 0)), UNWIND_ROOT);
	assert_int_equal(s->n, 4);
	hand_stack_expect(s, 0, hand_stack_at(s, "plain", 0));
	hand_stack_expect(s, 1, hand_stack_at(s, "framed", 16));
	hand_stack_expect(s, 2, hand_stack_at(s, "framed", 8));
	hand_stack_expect(s, 3, hand_stack_at(s, "outermost", 4));
}

/* In its epilogue a function has popped rbp, but the rule still has the old place. */
static void test_epilogue(void **state)
{
	struct hand_stack *s = *state;

	unwind_regs_set(&s->sample.regs, UNWIND_X86_BP, hand_stack_slot(10));
	s->words[0] = hand_stack_at(s, "framed", 6);
	s->words[11] = hand_stack_at(s, "outermost", 4);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "popped", 10)), UNWIND_ROOT);
	assert_int_equal(s->n, 3);
}

/* A register that a function saved is needed by its caller's rule. */
static void test_other_register(void **state)
{
	struct hand_stack *s = *state;

	unwind_regs_set(&s->sample.regs, 3, 77);
	s->words[0] = hand_stack_slot(12); /* rbx */
	s->words[1] = hand_stack_at(s, "by_rbx", 4);
	s->words[11] = hand_stack_at(s, "outermost", 4);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "saves_rbx", 10)),
			 UNWIND_ROOT);
	assert_int_equal(s->n, 3);
}

/* A register that no rule mentions keeps its value, also one that calls may change. */
static void test_kept_register(void **state)
{
	struct hand_stack *s = *state;

	unwind_regs_set(&s->sample.regs, 2, hand_stack_slot(9)); /* rcx */
	s->words[2] = hand_stack_at(s, "handing_over", 6);
	s->words[9] = hand_stack_at(s, "outermost", 4);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "plain", 6)), UNWIND_ROOT);
	assert_int_equal(s->n, 3);
}

/* Rules end at a damaged instruction. */
static void test_garbled(void **state)
{
	struct hand_stack *s = *state;

	s->words[2] = hand_stack_at(s, "outermost", 4);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "garbled", 3)), UNWIND_ROOT);
	assert_int_equal(s->n, 2);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "garbled", 4)),
			 UNWIND_BROKEN);
	assert_int_equal(s->n, 1);
}

/* Where two describe the same code, the first one holds as far as it goes. */
static void test_overlap(void **state)
{
	struct hand_stack *s = *state;

	s->words[2] = hand_stack_at(s, "outermost", 4);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "overlapped", 12)),
			 UNWIND_ROOT);
	assert_int_equal(s->n, 2);
	hand_stack_expect(s, 1, hand_stack_at(s, "outermost", 4));
	s->words[1] = hand_stack_at(s, "outermost", 8);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "overlapping", 4)),
			 UNWIND_ROOT);
	assert_int_equal(s->n, 2);
	hand_stack_expect(s, 1, hand_stack_at(s, "outermost", 8));
}

static void test_expression(void **state)
{
	struct hand_stack *s = *state;

	s->words[1] = hand_stack_slot(8);
	s->words[7] = hand_stack_at(s, "outermost", 4);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "by_word", 10)), UNWIND_ROOT);
	assert_int_equal(s->n, 2);
}

/* The interrupted function may be at its first instruction; all its registers are
 * known. */
static void test_signal(void **state)
{
	struct hand_stack *s = *state;

	s->words[2] = hand_stack_at(s, "signalled", 2);
	s->words[3] = hand_stack_slot(12);
	s->words[4] = hand_stack_at(s, "by_rbx", 0);
	unwind_regs_set(&s->sample.regs, 3, hand_stack_slot(21));
	s->words[20] = hand_stack_at(s, "outermost", 4);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "plain", 8)), UNWIND_ROOT);
	assert_int_equal(s->n, 4);
	hand_stack_expect(s, 1, hand_stack_at(s, "signalled", 2) + 1);
	hand_stack_expect(s, 2, hand_stack_at(s, "by_rbx", 0) + 1);
	hand_stack_expect(s, 3, hand_stack_at(s, "outermost", 4));
}

/* The unwinder of an exception ends with the handler's registers and a jump to its first
 * instruction; the stack has no valid frame of its own any more. */
static void test_handing_over(void **state)
{
	struct hand_stack *s = *state;

	unwind_regs_set(&s->sample.regs, 3, hand_stack_slot(20));
	s->words[3] = hand_stack_slot(30); /* of rbx, by the rule */
	s->words[9] = hand_stack_at(s, "by_rbx", 0);
	s->words[19] = hand_stack_at(s, "outermost", 4);
	unwind_regs_set(&s->sample.regs, 2, hand_stack_slot(9));
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "handing_over", 2)),
			 UNWIND_ROOT);
	assert_int_equal(s->n, 3);
	hand_stack_expect(s, 1, hand_stack_at(s, "by_rbx", 0) + 1);
	unwind_regs_set(&s->sample.regs, 2, hand_stack_at(s, "by_rbx", 0));
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "handing_over_last", 2)),
			 UNWIND_ROOT);
	assert_int_equal(s->n, 3);
	hand_stack_expect(s, 1, hand_stack_at(s, "by_rbx", 0) + 1);
	/* Neither down the stack, nor to an unknown register. */
	unwind_regs_set(&s->sample.regs, 2, hand_stack_slot(0) - 64);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "handing_over", 2)),
			 UNWIND_BROKEN);
	s->sample.regs.known &= ~(uint64_t)(1 << 2);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "handing_over_last", 2)),
			 UNWIND_BROKEN);
	assert_int_equal(s->n, 1);
}

/* Before that it is a function like all others. */
static void test_searching(void **state)
{
	struct hand_stack *s = *state;

	unwind_regs_set(&s->sample.regs, UNWIND_X86_BP, hand_stack_slot(10));
	unwind_regs_set(&s->sample.regs, 3, hand_stack_slot(40));
	s->words[5] = hand_stack_slot(20); /* rbx */
	s->words[10] = hand_stack_slot(30);
	s->words[11] =
		hand_stack_at(s, "by_rbx", 16); /* a call was its last instruction */
	s->words[19] = hand_stack_at(s, "outermost", 4);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "searching", 2)),
			 UNWIND_ROOT);
	assert_int_equal(s->n, 3);
	hand_stack_expect(s, 1, hand_stack_at(s, "by_rbx", 16));
}

/* Of a handler's own stack, the one that was interrupted may be anywhere: it is not in
 * the copy. */
static void test_signal_on_another_stack(void **state)
{
	struct hand_stack *s = *state;

	s->words[0] = STACK + ((uint64_t)1 << 40);
	s->words[1] = hand_stack_at(s, "plain", 6);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "signalled", 6)),
			 UNWIND_TRUNCATED);
	assert_int_equal(s->n, 2);
}

/* Rules that were found are forgotten with their table. */
static void test_dropped(void **state)
{
	struct hand_stack *s = *state;
	struct unwind_tables_options options = {0};
	char dir[64], path[512];
	struct stat st;

	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "outermost", 4)),
			 UNWIND_ROOT);
	options.most_bytes = unwind_tables_stats(s->tables).bytes * 3 / 2;
	unwinder_free(&s->unwinder);
	unwind_tables_free(&s->tables);
	s->tables = unwind_tables_new(&options, &s->dsos);
	s->unwinder = unwinder_new(&s->spaces, &s->dsos, s->tables);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "outermost", 4)),
			 UNWIND_ROOT);
	temp_dir_make(dir);
	file_copy(PROGRAMS "/frames", temp_path(path, dir, "copy"));
	assert_int_equal(stat(path, &st), 0);
	hand_stack_map(s, DSO_FILE, path, COPY, &st);
	assert_int_equal(
		hand_stack_try(s, hand_stack_at(s, "outermost", 4) - CODE + COPY),
		UNWIND_ROOT);
	assert_int_equal(unwind_tables_stats(s->tables).dropped, 1);
	unwind_regs_set(&s->sample.regs, UNWIND_X86_IP, hand_stack_at(s, "outermost", 4));
	s->n = FRAMES;
	assert_int_equal(unwind(s->unwinder, &s->sample, s->addrs, &s->n), UNWIND_WAITS);
	temp_dir_remove(dir);
}

static void test_jit(void **state)
{
	struct hand_stack *s = *state;

	s->words[2] = JIT + 5;
	unwind_regs_set(&s->sample.regs, UNWIND_X86_BP, hand_stack_slot(10));
	s->words[10] = hand_stack_slot(20);
	s->words[11] = JIT + 50;
	s->words[20] = 3;
	s->words[21] = hand_stack_at(s, "outermost", 4);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "plain", 0)), UNWIND_ROOT);
	assert_int_equal(s->n, 4);
	hand_stack_expect(s, 2, JIT + 50);
	/* A frame pointer that leads nowhere is none. */
	s->words[21] = 12345;
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "plain", 0)), UNWIND_BROKEN);
	assert_int_equal(s->n, 3);
	/* And one of 0 is no sign of an outermost frame. */
	unwind_regs_set(&s->sample.regs, UNWIND_X86_BP, 0);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "plain", 0)), UNWIND_BROKEN);
	assert_int_equal(s->n, 2);
}

/* Code without rules, on its first instruction. */
static void test_called(void **state)
{
	struct hand_stack *s = *state;

	s->words[0] = hand_stack_at(s, "plain", 6);
	s->words[3] = hand_stack_at(s, "outermost", 4);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "none", 0)), UNWIND_ROOT);
	assert_int_equal(s->n, 3);
}

static void test_truncated(void **state)
{
	struct hand_stack *s = *state;

	s->words[2] = hand_stack_at(s, "plain", 6);
	s->words[5] = hand_stack_at(s, "outermost", 6);
	s->sample.stack_size = 5 * 8 + 7;
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "plain", 6)),
			 UNWIND_TRUNCATED);
	assert_int_equal(s->n, 2);
	s->sample.stack_size = 6 * 8;
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "plain", 6)), UNWIND_ROOT);
	s->sample.stack_size = 0;
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "plain", 6)),
			 UNWIND_TRUNCATED);
	assert_int_equal(s->n, 1);
}

static void test_room(void **state)
{
	struct hand_stack *s = *state;

	for (size_t i = 2; i < WORDS; i += 3)
		s->words[i] = hand_stack_at(s, "plain", 6);
	unwind_regs_set(&s->sample.regs, UNWIND_X86_IP, hand_stack_at(s, "plain", 6));
	hand_stack_try(s, hand_stack_at(s, "plain", 6));
	s->n = 3;
	assert_int_equal(unwind(s->unwinder, &s->sample, s->addrs, &s->n),
			 UNWIND_TRUNCATED);
	assert_int_equal(s->n, 3);
}

/* Frames that lead to themselves, or down, or into nothing. */
static void test_broken(void **state)
{
	struct hand_stack *s = *state;

	s->words[0] = hand_stack_at(s, "stuck", 6);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "stuck", 6)), UNWIND_BROKEN);
	assert_int_equal(s->n, 1);
	s->words[0] = hand_stack_at(s, "sinking", 6);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "sinking", 6)),
			 UNWIND_BROKEN);
	assert_int_equal(s->n, 1);
	unwind_regs_set(&s->sample.regs, UNWIND_X86_BP, hand_stack_slot(0) - 64);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "framed", 6)), UNWIND_BROKEN);
	s->words[2] = 0x1234;
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "plain", 6)), UNWIND_BROKEN);
	assert_int_equal(s->n, 1);
	assert_int_equal(hand_stack_try(s, 0x1234), UNWIND_BROKEN);
	assert_int_equal(s->n, 1);
	/* A signal's frame may lead anywhere, but not for ever. */
	s->words[0] = hand_stack_slot(0);
	s->words[1] = hand_stack_at(s, "signalled", 2);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "signalled", 2)),
			 UNWIND_TRUNCATED);
	assert_int_equal(s->n, FRAMES);
	s->sample.regs.known = 0;
	s->n = FRAMES;
	assert_int_equal(unwind(s->unwinder, &s->sample, s->addrs, &s->n), UNWIND_BROKEN);
	assert_int_equal(s->n, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_waits),	  TEST(test_by_rules),
		TEST(test_epilogue),	  TEST(test_other_register),
		TEST(test_kept_register), TEST(test_garbled),
		TEST(test_overlap),	  TEST(test_expression),
		TEST(test_signal),	  TEST(test_signal_on_another_stack),
		TEST(test_handing_over),  TEST(test_searching),
		TEST(test_dropped),	  TEST(test_jit),
		TEST(test_called),	  TEST(test_truncated),
		TEST(test_room),	  TEST(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
