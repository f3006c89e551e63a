/* Frames that are left without a rule, or against it, and the ends of threads. */
#include "tests/unwind/hand_stack.h"

#include "model/callchain.h"

/* Return addresses in functions of calls.S, in bytes from their start. */
enum {
	AFTER_ASM_WORK = 5, /* in outer() */
	AFTER_OTHER = 10,
	AFTER_INDIRECT = 32,
	AFTER_CALL = 5, /* in asm_outer() and asm_inner() */
	AFTER_START = 7,
	IN_THREAD = 4,
	AFTER_SYSCALL = 7,
};

static int setup(void **state)
{
	*state = hand_stack_new("calls");
	return 0;
}

static int setup_frames(void **state)
{
	*state = hand_stack_new("frames");
	return 0;
}

static int teardown(void **state)
{
	hand_stack_free(*state);
	return 0;
}

static void set_fp(struct hand_stack *s, uint64_t fp)
{
	unwind_regs_set(&s->sample.regs, UNWIND_X86_BP, fp);
}

/* outer() has its return address at 'word', and was called by _start. */
static void put_outer(struct hand_stack *s, size_t word, uint64_t into)
{
	s->words[word] = hand_stack_at(s, "outer", into);
	s->words[word + 2] = hand_stack_at(s, "_start", AFTER_START);
}

/* A frame's rule has rbp below the stack pointer: it was popped, and the word is another
 * one now. */
static void test_popped_register(void **state)
{
	struct hand_stack *s = *state;

	set_fp(s, hand_stack_slot(10));
	s->words[2] = hand_stack_at(s, "popped", 6);
	s->words[3] = hand_stack_at(s, "framed", 6);
	s->words[11] = hand_stack_at(s, "outermost", 4);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "plain", 2)), UNWIND_ROOT);
	assert_int_equal(s->n, 4);
}

/* A word at the stack pointer is no return address if its call leads elsewhere. */
static void test_called_by_another(void **state)
{
	struct hand_stack *s = *state;

	set_fp(s, hand_stack_slot(10));
	s->words[0] = hand_stack_at(s, "outer", AFTER_OTHER);
	put_outer(s, 11, AFTER_ASM_WORK);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "asm_work", 0)), UNWIND_ROOT);
	assert_int_equal(s->n, 3);
	hand_stack_expect(s, 1, hand_stack_at(s, "outer", AFTER_ASM_WORK));
	/* The right one is preferred to the frame pointer. */
	put_outer(s, 0, AFTER_ASM_WORK);
	put_outer(s, 11, AFTER_INDIRECT);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "asm_work", 0)), UNWIND_ROOT);
	assert_int_equal(s->n, 3);
	hand_stack_expect(s, 1, hand_stack_at(s, "outer", AFTER_ASM_WORK));
}

/* work() by its rule, then asm_inner() with a frame pointer that is none: its caller is
 * searched. */
static void put_assembly(struct hand_stack *s)
{
	set_fp(s, hand_stack_slot(10));
	s->words[10] = 3;
	s->words[11] = hand_stack_at(s, "asm_inner", AFTER_CALL);
}

/* The caller may be the first word, or one far up. */
static void test_guess_anywhere(void **state)
{
	struct hand_stack *s = *state;

	put_assembly(s);
	for (size_t word = 12; word < WORDS; word++) {
		s->words[word] = hand_stack_at(s, "asm_outer", AFTER_CALL);
		hand_stack_try(s, hand_stack_at(s, "work", 0));
		assert_int_equal(s->n, 3);
		hand_stack_expect(s, 2, hand_stack_at(s, "asm_outer", AFTER_CALL));
		s->words[word] = 0;
	}
}

/* Below the return address may be the caller's frame pointer. */
static void test_guess_frame_pointer(void **state)
{
	struct hand_stack *s = *state;

	put_assembly(s);
	s->words[13] = hand_stack_slot(20);
	s->words[14] = hand_stack_at(s, "asm_outer", AFTER_CALL);
	put_outer(s, 21, AFTER_INDIRECT);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "work", 0)), UNWIND_ROOT);
	assert_int_equal(s->n, 5);
	hand_stack_expect(s, 3, hand_stack_at(s, "outer", AFTER_INDIRECT));
	/* Not if it is below the stack pointer. */
	s->words[12] = hand_stack_at(s, "asm_outer", AFTER_CALL);
	s->words[14] = 0;
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "work", 0)), UNWIND_BROKEN);
	assert_int_equal(s->n, 3);
	/* And not if it is not aligned. */
	s->words[12] = 0;
	s->words[13] = hand_stack_slot(20) + 1;
	s->words[14] = hand_stack_at(s, "asm_outer", AFTER_CALL);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "work", 0)), UNWIND_BROKEN);
	assert_int_equal(s->n, 3);
}

/* After a guess also a frame that a rule found must have been called. */
static void test_guess_is_doubted(void **state)
{
	struct hand_stack *s = *state;

	s->words[3] = hand_stack_at(s, "outer", AFTER_ASM_WORK);
	s->words[5] = hand_stack_at(s, "asm_outer", AFTER_CALL);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "asm_work", 1)),
			 UNWIND_BROKEN);
	assert_int_equal(s->n, 2);
	s->words[5] = hand_stack_at(s, "_start", AFTER_START);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "asm_work", 1)), UNWIND_ROOT);
	assert_int_equal(s->n, 3);
}

/* A function without a frame yet: the frame pointer is its caller's. */
static void test_just_called(void **state)
{
	struct hand_stack *s = *state;

	set_fp(s, hand_stack_slot(10));
	s->words[0] = hand_stack_at(s, "asm_inner", AFTER_CALL);
	s->words[11] = hand_stack_at(s, "asm_outer", AFTER_CALL);
	hand_stack_try(s, hand_stack_at(s, "asm_work", 1));
	assert_int_equal(s->n, 4);
	hand_stack_expect(s, 1, CALLCHAIN_MISSING);
	hand_stack_expect(s, 2, hand_stack_at(s, "asm_inner", AFTER_CALL));
	hand_stack_expect(s, 3, hand_stack_at(s, "asm_outer", AFTER_CALL));
}

/* Rules that lead to no frame: assembly pushed registers that they leave out. */
static void test_wrong_rules(void **state)
{
	struct hand_stack *s = *state;

	set_fp(s, hand_stack_slot(10));
	s->words[11] = 0x1234;
	put_outer(s, 3, AFTER_OTHER);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "other", 0)), UNWIND_ROOT);
	assert_int_equal(s->n, 3);
	hand_stack_expect(s, 1, hand_stack_at(s, "outer", AFTER_OTHER));
}

/* A caller must call the start of the function, not its middle. */
static void test_wrong_callers(void **state)
{
	struct hand_stack *s = *state;

	set_fp(s, hand_stack_slot(10));
	s->words[11] = 0x1234;
	s->words[3] = hand_stack_at(s, "calls_middle", AFTER_CALL);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "work", 2)), UNWIND_BROKEN);
	assert_int_equal(s->n, 1);
	s->words[4] = hand_stack_at(s, "asm_inner", AFTER_CALL);
	hand_stack_try(s, hand_stack_at(s, "work", 2));
	hand_stack_expect(s, 1, hand_stack_at(s, "asm_inner", AFTER_CALL));
}

/* other() called by a function at 'into' with the frame pointer 'fp', which was not
 * called. */
static enum unwind_end try_thread(struct hand_stack *s, const char *name, uint64_t into,
				  uint64_t fp)
{
	set_fp(s, hand_stack_slot(10));
	s->words[10] = fp;
	s->words[11] = hand_stack_at(s, name, into);
	s->words[13] = 0x1234;
	return hand_stack_try(s, hand_stack_at(s, "other", 0));
}

static void test_threads(void **state)
{
	struct hand_stack *s = *state;

	assert_int_equal(try_thread(s, "thread_with_rules", IN_THREAD, 0), UNWIND_ROOT);
	assert_int_equal(s->n, 2);
	assert_int_equal(try_thread(s, "thread", IN_THREAD, 0), UNWIND_ROOT);
	assert_int_equal(s->n, 2);
	/* The frame pointer must be cleared, before the call, in a function that never
	 * returns. */
	assert_int_equal(try_thread(s, "thread_with_rules", IN_THREAD, 8), UNWIND_BROKEN);
	assert_int_equal(try_thread(s, "thread", IN_THREAD, 8), UNWIND_BROKEN);
	assert_int_equal(try_thread(s, "returns", IN_THREAD, 0), UNWIND_BROKEN);
	assert_int_equal(try_thread(s, "ends", 2, 0), UNWIND_BROKEN);
}

/* After the system call: 0 in rax is the new thread, or the new process. */
static void test_new_thread(void **state)
{
	struct hand_stack *s = *state;

	set_fp(s, 5);
	unwind_regs_set(&s->sample.regs, 0, 0);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "new_thread", AFTER_SYSCALL)),
			 UNWIND_ROOT);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "forks", AFTER_SYSCALL)),
			 UNWIND_BROKEN);
	unwind_regs_set(&s->sample.regs, 0, 1234);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "new_thread", AFTER_SYSCALL)),
			 UNWIND_BROKEN);
	set_fp(s, 0);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "new_thread", AFTER_SYSCALL)),
			 UNWIND_BROKEN);
}

/* The program's first function is an end only near its start. */
static void test_entry(void **state)
{
	struct hand_stack *s = *state;

	set_fp(s, hand_stack_slot(10));
	s->words[10] = 5;
	s->words[11] = hand_stack_at(s, "_start", AFTER_START);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "work", 0)), UNWIND_ROOT);
	assert_int_equal(s->n, 2);
	/* asm_work() is as near, but after code that ends the first function. */
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "_start", 2)), UNWIND_ROOT);
	assert_int_equal(s->n, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_popped_register, setup_frames,
						teardown),
		TEST(test_called_by_another),
		TEST(test_guess_anywhere),
		TEST(test_guess_frame_pointer),
		TEST(test_guess_is_doubted),
		TEST(test_just_called),
		TEST(test_wrong_rules),
		TEST(test_wrong_callers),
		TEST(test_threads),
		TEST(test_new_thread),
		TEST(test_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
