/* Evidence for return addresses on a stack, and marks for missing frames. */
#include "tests/unwind/hand_stack.h"

#include "model/callchain.h"

/* Returns of outer(), after its calls. */
enum {
	AFTER_ASM_WORK = 5,
	AFTER_OTHER = 10,
	AFTER_TAIL = 15,
	AFTER_FAR_TAIL = 20,
	AFTER_STUB = 25,
	AFTER_VIA_COLD = 30,
	AFTER_INDIRECT = 32,
	AFTER_UNNAMED = 37,
	AFTER_FARTHER_TAIL = 42,
	AFTER_CALL = 5, /* in functions that begin with one */
};

static int setup(void **state)
{
	*state = hand_stack_new("calls");
	return 0;
}

static int teardown(void **state)
{
	hand_stack_free(*state);
	return 0;
}

/* outer() stands on the stack from 'word' on: it has one word of its own, and _start
 * called it. */
static void put_outer(struct hand_stack *s, size_t word, uint64_t into)
{
	s->words[word] = hand_stack_at(s, "outer", into);
	s->words[word + 2] = hand_stack_at(s, "_start", 7);
}

/* Code without rules at 'from', with a frame pointer that leads to a return into
 * outer(). */
static enum unwind_end by_frame_pointer(struct hand_stack *s, uint64_t from,
					uint64_t into)
{
	unwind_regs_set(&s->sample.regs, UNWIND_X86_BP, hand_stack_slot(10));
	s->words[0] = s->words[10] = 0;
	put_outer(s, 11, into);
	return hand_stack_try(s, from);
}

static void expect_gap(const struct hand_stack *s, size_t frame, bool is_gap)
{
	if (is_gap)
		hand_stack_expect(s, frame, CALLCHAIN_MISSING);
	else
		assert_int_not_equal(s->addrs[frame], CALLCHAIN_MISSING);
}

static void test_what_follows_no_call_is_no_frame(void **state)
{
	struct hand_stack *s = *state;

	unwind_regs_set(&s->sample.regs, UNWIND_X86_BP, hand_stack_slot(10));
	put_outer(s, 11, AFTER_INDIRECT);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "work", 0)), UNWIND_ROOT);
	assert_int_equal(s->n, 3);
	hand_stack_expect(s, 2, hand_stack_at(s, "_start", 7));
	for (uint64_t into = 1; into < AFTER_ASM_WORK; into++) {
		put_outer(s, 11, into);
		assert_int_equal(hand_stack_try(s, hand_stack_at(s, "work", 0)),
				 UNWIND_BROKEN);
		assert_int_equal(s->n, 1);
	}
	/* Neither does the kernel's word count. */
	s->sample.chain = (const uint64_t[]){hand_stack_at(s, "work", 0),
					     hand_stack_at(s, "outer", 4)};
	s->sample.n_chain = 2;
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "work", 0)), UNWIND_BROKEN);
	assert_int_equal(s->n, 1);
}

/* Code without rules may use the frame pointer as any register: 0 in it is no end of the
 * stack. Without another caller the stack is broken. */
static void test_no_frame_pointer_is_no_end(void **state)
{
	struct hand_stack *s = *state;
	uint64_t from = hand_stack_at(s, "asm_work", 1);

	unwind_regs_set(&s->sample.regs, UNWIND_X86_BP, 0);
	put_outer(s, 0, AFTER_ASM_WORK);
	assert_int_equal(hand_stack_try(s, from), UNWIND_ROOT);
	hand_stack_expect(s, 1, hand_stack_at(s, "outer", AFTER_ASM_WORK));
	memset(s->words, 0, sizeof(s->words));
	assert_int_equal(hand_stack_try(s, from), UNWIND_BROKEN);
	assert_int_equal(hand_stack_try(s, JIT + 5), UNWIND_BROKEN);
}

/* By a frame pointer a direct call has to lead to the inner function; a jump may be on
 * the way. */
static void test_calls_lead_to_the_inner_function(void **state)
{
	struct hand_stack *s = *state;
	uint64_t from = hand_stack_at(s, "asm_work", 1);

	by_frame_pointer(s, from, AFTER_ASM_WORK);
	expect_gap(s, 1, false);
	by_frame_pointer(s, from, AFTER_OTHER);
	expect_gap(s, 1, true);
	hand_stack_expect(s, 2, hand_stack_at(s, "outer", AFTER_OTHER));
	by_frame_pointer(s, from, AFTER_STUB);
	expect_gap(s, 1, false);
	by_frame_pointer(s, from, AFTER_INDIRECT);
	expect_gap(s, 1, false);
}

/* Into code of no file lead only functions that can be left by an indirect jump, maybe by
 * way of another one in the same gap between FDEs. */
static void test_calls_lead_to_code_of_no_file(void **state)
{
	struct hand_stack *s = *state;

	by_frame_pointer(s, JIT + 5, AFTER_UNNAMED);
	expect_gap(s, 1, false);
	hand_stack_expect(s, 1, hand_stack_at(s, "outer", AFTER_UNNAMED));
	by_frame_pointer(s, JIT + 5, AFTER_STUB);
	expect_gap(s, 1, false);
	by_frame_pointer(s, JIT + 5, AFTER_OTHER);
	expect_gap(s, 1, true);
}

/* A process that maps only a part of a file, or whose mappings are not all known, has no
 * say about the file in other processes. */
static void test_parts_of_files(void **state)
{
	static const char *const inner[] = {"asm_work", "work", "other", "outer"};
	struct hand_stack *s = *state, *fresh = hand_stack_new("calls");
	uint64_t outer = hand_stack_at(s, "outer", 0);
	space_id whole = s->sample.space, other = space_new(&s->spaces, SPACE_NONE);

	s->sample.space = other;
	hand_stack_map(s, DSO_ANON, "//anon", JIT, NULL);
	for (uint64_t into = 1; into <= AFTER_FARTHER_TAIL; into++) {
		struct mapping part = *space_find(&s->spaces, whole, outer, 0);

		part.file_off += outer + into - 1 - part.start;
		part.start = outer + into - 1;
		part.end = part.start + 2;
		space_map(&s->spaces, other, &part);
		s->sample.space = other;
		by_frame_pointer(s, JIT + 5, into);
		s->sample.space = whole;
		for (size_t i = 0; i < sizeof(inner) / sizeof(*inner); i++) {
			uint64_t from = hand_stack_at(s, inner[i], 1);

			assert_int_equal(by_frame_pointer(s, from, into),
					 by_frame_pointer(fresh, from, into));
			assert_int_equal(s->n, fresh->n);
			assert_memory_equal(s->addrs, fresh->addrs,
					    s->n * sizeof(*s->addrs));
		}
	}
	hand_stack_free(fresh);
}

/* The kernel's chain of a frame that is not in the copy. */
static enum unwind_end by_chain(struct hand_stack *s, uint64_t from, uint64_t into)
{
	const uint64_t chain[] = {from, hand_stack_at(s, "outer", into),
				  hand_stack_at(s, "_start", 7)};
	enum unwind_end end;

	unwind_regs_set(&s->sample.regs, UNWIND_X86_BP, hand_stack_slot(WORDS + 10));
	s->sample.chain = chain;
	s->sample.n_chain = 3;
	end = hand_stack_try(s, from);
	s->sample.n_chain = 0;
	return end;
}

static void test_jumps_may_be_on_the_way(void **state)
{
	static const struct {
		const char *inner;
		uint64_t into;
		bool is_gap;
	} cases[] = {
		{"work", AFTER_OTHER, true},	      {"work", AFTER_TAIL, false},
		{"work", AFTER_FAR_TAIL, false},      {"other", AFTER_TAIL, true},
		{"other", AFTER_FAR_TAIL, true},      {"other", AFTER_OTHER, false},
		{"work_cold", AFTER_VIA_COLD, false}, {"work", AFTER_VIA_COLD, true},
		{"work", AFTER_STUB, false},	      {"work", AFTER_INDIRECT, false},
		{"work", AFTER_FARTHER_TAIL, false},  {"other", AFTER_FARTHER_TAIL, true},
	};
	struct hand_stack *s = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint64_t from = hand_stack_at(s, cases[i].inner, 2);

		by_chain(s, from, cases[i].into);
		expect_gap(s, 1, cases[i].is_gap);
		hand_stack_expect(s, 1 + cases[i].is_gap,
				  hand_stack_at(s, "outer", cases[i].into));
		/* outer() keeps no frame pointer: the next entry is not its caller. */
		hand_stack_expect(s, 2 + cases[i].is_gap, CALLCHAIN_MISSING);
		hand_stack_expect(s, 3 + cases[i].is_gap, hand_stack_at(s, "_start", 7));
		assert_int_equal(s->n, 4 + cases[i].is_gap);
	}
}

/* The program's entry is an end, whatever continued the stack; without it the end stays
 * marked. */
static void test_a_continued_stack_may_be_whole(void **state)
{
	struct hand_stack *s = *state;
	uint64_t from = hand_stack_at(s, "work", 2);
	const uint64_t chain[] = {from, hand_stack_at(s, "outer", AFTER_INDIRECT)};

	assert_int_equal(by_chain(s, from, AFTER_TAIL), UNWIND_ROOT);
	s->sample.chain = chain;
	s->sample.n_chain = 2;
	assert_int_equal(hand_stack_try(s, from), UNWIND_TRUNCATED);
	assert_int_equal(s->n, 2);
}

/* Assembly that uses the frame pointer as any register: the caller is found by its
 * call. */
static void test_assembly_is_left_by_a_guess(void **state)
{
	struct hand_stack *s = *state;

	unwind_regs_set(&s->sample.regs, UNWIND_X86_BP, hand_stack_slot(10));
	s->words[10] = 3; /* no address */
	s->words[11] = hand_stack_at(s, "asm_inner", AFTER_CALL);
	s->words[12] =
		hand_stack_at(s, "outer", AFTER_ASM_WORK); /* another function's call */
	s->words[13] = hand_stack_at(s, "asm_outer", AFTER_CALL);
	s->words[14] = hand_stack_at(s, "asm_outer", 2);
	hand_stack_try(s, hand_stack_at(s, "work", 0));
	hand_stack_expect(s, 1, hand_stack_at(s, "asm_inner", AFTER_CALL));
	hand_stack_expect(s, 2, hand_stack_at(s, "asm_outer", AFTER_CALL));
	assert_int_equal(s->n, 3);
	/* Without such a word the stack is broken. */
	s->words[13] = 0;
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "work", 0)), UNWIND_BROKEN);
	assert_int_equal(s->n, 2);
}

static void test_what_no_call_put_there(void **state)
{
	struct hand_stack *s = *state;

	unwind_regs_set(&s->sample.regs, UNWIND_X86_BP, hand_stack_slot(10));
	s->words[11] = hand_stack_at(s, "by_hand", 0);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "work", 0)), UNWIND_ROOT);
	assert_int_equal(s->n, 2);
	hand_stack_expect(s, 1, hand_stack_at(s, "by_hand", 0) + 1);
	/* A signal's trampoline, known by its instructions alone: rsp, rip, rbp in its
	 * sigcontext. */
	s->words[11] = hand_stack_at(s, "trampoline", 0);
	s->words[12 + 5 + 10] = hand_stack_slot(40);
	s->words[12 + 5 + 15] = hand_stack_slot(36);
	s->words[12 + 5 + 16] = hand_stack_at(s, "other", 1);
	put_outer(s, 41, AFTER_OTHER);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "work", 0)), UNWIND_ROOT);
	assert_int_equal(s->n, 5);
	hand_stack_expect(s, 2, hand_stack_at(s, "other", 1) + 1);
	hand_stack_expect(s, 3, hand_stack_at(s, "outer", AFTER_OTHER));
}

/* Code of one gap may be many functions: a call leads to those after its target. */
static void test_calls_into_gaps(void **state)
{
	struct hand_stack *s = *state;
	uint64_t first = hand_stack_at(s, "before_nameless", 16);
	uint64_t unnamed = hand_stack_at(s, "by_hand", 16);

	unwind_regs_set(&s->sample.regs, UNWIND_X86_BP, hand_stack_slot(10));
	s->words[11] = hand_stack_at(s, "calls_nameless", AFTER_CALL);
	hand_stack_try(s, first + 17);
	hand_stack_expect(s, 1, hand_stack_at(s, "calls_nameless", AFTER_CALL));
	hand_stack_try(s, first + 1);
	hand_stack_expect(s, 1, CALLCHAIN_MISSING);
	/* A function may end its FDE and run on. */
	s->words[11] = hand_stack_at(s, "calls_by_hand", AFTER_CALL);
	hand_stack_try(s, unnamed + 1);
	hand_stack_expect(s, 1, hand_stack_at(s, "calls_by_hand", AFTER_CALL));
	/* A caller that is searched for calls the function itself. */
	s->words[11] = 0;
	s->words[3] = hand_stack_at(s, "outer", AFTER_UNNAMED);
	hand_stack_try(s, unnamed + 1);
	assert_true(s->n > 1);
	hand_stack_expect(s, 1, hand_stack_at(s, "outer", AFTER_UNNAMED));
	assert_int_equal(hand_stack_try(s, unnamed - 8), UNWIND_BROKEN);
	assert_int_equal(s->n, 1);
}

/* A sample in the system call by which a handler returns: the ip is after it. */
static void test_in_sigreturn(void **state)
{
	struct hand_stack *s = *state;

	s->words[5 + 10] = hand_stack_slot(40);
	s->words[5 + 15] = hand_stack_slot(36);
	s->words[5 + 16] = hand_stack_at(s, "other", 1);
	put_outer(s, 41, AFTER_OTHER);
	for (uint64_t into = 1; into <= 9; into++) {
		assert_int_equal(hand_stack_try(s, hand_stack_at(s, "trampoline", into)),
				 into == 9 ? UNWIND_ROOT : UNWIND_BROKEN);
		if (into < 9)
			continue;
		assert_int_equal(s->n, 4);
		hand_stack_expect(s, 1, hand_stack_at(s, "other", 1) + 1);
	}
}

/* A coroutine of boost's has its end as its return address. */
static void test_end_of_coroutine(void **state)
{
	struct hand_stack *s = *state;

	unwind_regs_set(&s->sample.regs, UNWIND_X86_BP, hand_stack_slot(10));
	s->words[11] = hand_stack_at(s, "fcontext_end", 0);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "work", 0)), UNWIND_ROOT);
	assert_int_equal(s->n, 2);
	hand_stack_expect(s, 1, hand_stack_at(s, "fcontext_end", 0) + 1);
	s->words[11] = hand_stack_at(s, "fcontext_like", 0);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "work", 0)), UNWIND_BROKEN);
	assert_int_equal(s->n, 1);
}

/* The start of a function is a return address only by a rule: else it may be any
 * pointer. */
static void test_start_without_a_rule(void **state)
{
	struct hand_stack *s = *state;

	unwind_regs_set(&s->sample.regs, UNWIND_X86_BP, hand_stack_slot(10));
	s->words[11] = hand_stack_at(s, "by_hand", 0);
	assert_int_equal(hand_stack_try(s, hand_stack_at(s, "asm_work", 1)),
			 UNWIND_BROKEN);
	assert_int_equal(s->n, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_what_follows_no_call_is_no_frame),
		TEST(test_no_frame_pointer_is_no_end),
		TEST(test_calls_lead_to_the_inner_function),
		TEST(test_calls_lead_to_code_of_no_file),
		TEST(test_parts_of_files),
		TEST(test_jumps_may_be_on_the_way),
		TEST(test_a_continued_stack_may_be_whole),
		TEST(test_assembly_is_left_by_a_guess),
		TEST(test_what_no_call_put_there),
		TEST(test_calls_into_gaps),
		TEST(test_in_sigreturn),
		TEST(test_end_of_coroutine),
		TEST(test_start_without_a_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
