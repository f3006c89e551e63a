/* Single steps: the registers of a frame in, those of its caller out. */
#include "unwind/unwind_step.h"

#include "tests/test.h"

#define STACK ((uint64_t)0x7ffe0000)
#define IP    ((uint64_t)0x401234)

enum { WORDS = 80 };

static const struct unwind_arch_info x86 = {UNWIND_X86_IP, UNWIND_X86_SP, UNWIND_X86_BP,
					    0, UINT64_MAX};
static const struct unwind_arch_info arm = {UNWIND_ARM_PC, UNWIND_ARM_SP, UNWIND_ARM_FP,
					    (uint64_t)1 << UNWIND_ARM_LR,
					    ((uint64_t)1 << 48) - 1};

struct fixture {
	uint64_t words[WORDS];
	uint64_t output;
	struct unwind_sample sample;
	struct walk w;
};

/* A walk at a return address, with the stack pointer at word 'sp'. */
static struct walk *walk_init(struct fixture *f, const struct unwind_arch_info *arch,
			      size_t sp)
{
	f->output = IP;
	f->sample.arch = arch == &arm ? UNWIND_ARM64 : UNWIND_X86_64;
	f->w = (struct walk){
		.sample = &f->sample,
		.arch = arch,
		.stack = {(const uint8_t *)f->words, sizeof(f->words), STACK, false},
		.output = &f->output,
	};
	unwind_regs_set(&f->w.regs, arch->sp, STACK + 8 * sp);
	return &f->w;
}

static void expect_reg(const struct walk *w, unsigned reg, uint64_t value)
{
	assert_true(unwind_regs_has(&w->regs, reg));
	assert_int_equal(w->regs.values[reg], value);
}

static void test_frame_pointer(void **state)
{
	struct fixture f = {.words = {[4] = STACK + 80, [5] = IP}};

	(void)state;
	for (size_t sp = 0; sp <= 4; sp++) {
		struct walk *w = walk_init(&f, &x86, sp);

		unwind_regs_set(&w->regs, UNWIND_X86_BP, STACK + 32);
		unwind_regs_set(&w->regs, 3, 99);
		w->is_exact = true;
		assert_int_equal(step_by_frame_pointer(w), STEP_DONE);
		expect_reg(w, UNWIND_X86_BP, STACK + 80);
		expect_reg(w, UNWIND_X86_SP, STACK + 48);
		expect_reg(w, UNWIND_X86_IP, IP);
		assert_int_equal(w->regs.known, 1 << UNWIND_X86_BP | 1 << UNWIND_X86_SP |
							1 << UNWIND_X86_IP);
		assert_false(w->is_exact);
		assert_int_equal(w->left_by, WALK_BY_FRAME_POINTER);
		assert_int_equal(f.output, IP);
	}
}

/* A frame pointer of arm64, with a signed return address. */
static void test_frame_pointer_arm(void **state)
{
	struct fixture f = {
		.words = {[4] = STACK + 80, [5] = IP | (uint64_t)0xabcd << 48}};
	struct walk *w = walk_init(&f, &arm, 0);

	(void)state;
	unwind_regs_set(&w->regs, UNWIND_ARM_FP, STACK + 32);
	unwind_regs_set(&w->regs, UNWIND_ARM_LR, 77);
	assert_int_equal(step_by_frame_pointer(w), STEP_DONE);
	expect_reg(w, UNWIND_ARM_FP, STACK + 80);
	expect_reg(w, UNWIND_ARM_SP, STACK + 48);
	expect_reg(w, UNWIND_ARM_PC, IP);
	assert_false(unwind_regs_has(&w->regs, UNWIND_ARM_LR));
}

static void test_no_frame_pointer(void **state)
{
	static const uint64_t wrong[] = {
		0,
		STACK + 24, /* below the stack pointer, but in the copy */
		STACK + 33, /* not aligned */
		STACK + 36,
		STACK + 48,	       /* without a return address */
		STACK + 8 * WORDS,     /* after the copy */
		STACK + 8 * WORDS - 8, /* its last word */
	};
	struct fixture f = {.words = {[3] = STACK + 80, [4] = IP, [5] = IP}};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct walk *w = walk_init(&f, &x86, 4);

		unwind_regs_set(&w->regs, UNWIND_X86_BP, wrong[i]);
		assert_int_equal(step_by_frame_pointer(w), STEP_FAILED);
	}
	walk_init(&f, &x86, 0)->regs.values[UNWIND_X86_BP] = STACK + 32;
	assert_int_equal(step_by_frame_pointer(&f.w), STEP_FAILED);
}

/* Every register comes from its own word of the ucontext. */
static void test_signal_x86(void **state)
{
	static const uint8_t order[] = {8, 9, 10, 11, 12, 13, 14, 15, 5,
					4, 6, 3,  1,  0,  2,  7,  16};
	struct fixture f = {0};
	struct walk *w = walk_init(&f, &x86, 1);

	(void)state;
	for (size_t i = 0; i < sizeof(order); i++)
		f.words[1 + 5 + i] = 1000 + i;
	f.words[1 + 5 + 15] = STACK + 400;
	f.words[1 + 5 + 16] = IP;
	assert_int_equal(step_over_signal(w), STEP_DONE);
	for (size_t i = 0; i < 15; i++)
		expect_reg(w, order[i], 1000 + i);
	expect_reg(w, UNWIND_X86_SP, STACK + 400);
	expect_reg(w, UNWIND_X86_IP, IP);
	assert_true(w->is_exact);
	assert_false(w->is_other);
	/* The address of the trampoline was no return address. */
	assert_int_equal(f.output, IP + 1);
}

static void test_signal_arm(void **state)
{
	struct fixture f = {0};
	struct walk *w = walk_init(&f, &arm, 0);
	size_t first = (128 + 176 + 8) / 8;

	(void)state;
	for (size_t i = 0; i <= UNWIND_ARM_PC; i++)
		f.words[first + i] = 1000 + i;
	assert_int_equal(step_over_signal(w), STEP_DONE);
	for (unsigned i = 0; i <= UNWIND_ARM_PC; i++)
		expect_reg(w, i, 1000 + i);
	assert_true(w->is_exact);
	assert_true(w->is_other);
}

static void test_signal_truncated(void **state)
{
	struct fixture f = {0};
	struct walk *w = walk_init(&f, &x86, 1);

	(void)state;
	w->stack.size = 8 * (1 + 5 + 16);
	assert_int_equal(step_over_signal(w), STEP_FAILED);
	assert_true(w->stack.is_short);
}

static void test_interrupted(void **state)
{
	struct fixture f = {0};
	struct walk *w = walk_init(&f, &x86, WORDS);

	(void)state;
	assert_int_equal(step_to_interrupted(w, IP), STEP_DONE);
	assert_false(w->is_other);
	assert_int_equal(f.output, IP + 1);
	/* The frame before was interrupted, too: its address is exact already. */
	assert_int_equal(step_to_interrupted(w, IP), STEP_DONE);
	assert_int_equal(f.output, IP + 1);
	unwind_regs_set(&w->regs, UNWIND_X86_SP, STACK - 8);
	assert_int_equal(step_to_interrupted(w, IP), STEP_DONE);
	assert_true(w->is_other);
	unwind_regs_set(&w->regs, UNWIND_X86_SP, STACK);
	assert_int_equal(step_to_interrupted(w, IP), STEP_DONE);
	assert_true(w->is_other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frame_pointer),
		cmocka_unit_test(test_frame_pointer_arm),
		cmocka_unit_test(test_no_frame_pointer),
		cmocka_unit_test(test_signal_x86),
		cmocka_unit_test(test_signal_arm),
		cmocka_unit_test(test_signal_truncated),
		cmocka_unit_test(test_interrupted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
