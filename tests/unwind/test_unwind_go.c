/* Frames of Go's functions: the table is that of a program with frames of 24 and 200
 * bytes, the names and flags are those of functions of Go's runtime. */
#include "unwind/unwind_go.h"

#include "tests/unwind/hand_stack.h"

#include <string.h>

#define IP ((uint64_t)CODE + 0x1234)

static const struct unwind_arch_info x86 = {UNWIND_X86_IP, UNWIND_X86_SP, UNWIND_X86_BP,
					    0, UINT64_MAX};
static const struct unwind_arch_info arm = {UNWIND_ARM_PC, UNWIND_ARM_SP, UNWIND_ARM_FP,
					    (uint64_t)1 << UNWIND_ARM_LR,
					    ((uint64_t)1 << 48) - 1};

enum { FRAME = 24, IN_FRAME = 1, AFTER_END = 40 };

struct fixture {
	struct hand_stack *s;
	struct unwinder *u;
	struct unwind_table *table;
	struct go_function fn; /* with a frame of 24 bytes from its byte 1 on */
	uint64_t output;
	struct code_facts facts;
	struct walk w;
	dso_id dso;
};

static int setup(void **state)
{
	struct fixture *f = mem_new(1, sizeof(*f));
	const struct go_functions *functions;
	bool waits = false;

	*state = f;
	f->s = hand_stack_new("go_1_20");
	if (!f->s->tables)
		return 0;
	f->u = f->s->unwinder;
	f->w = (struct walk){.u = f->u, .sample = &f->s->sample};
	f->dso = walk_mapping(&f->w, CODE)->dso;
	unwind_tables_find(f->s->tables, f->dso, &waits);
	assert_true(unwind_tables_make_next(f->s->tables));
	unwind_tables_update(f->s->tables);
	f->table = unwind_tables_find(f->s->tables, f->dso, &waits);
	functions = unwind_table_go(f->table);
	for (uint64_t at = 0; at < 1 << 20 && !f->fn.name; at++) {
		const struct go_function *fn = go_functions_find(functions, at);

		if (fn && strcmp(fn->name, "main.first") == 0)
			f->fn = *fn;
	}
	assert_non_null(f->fn.name);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	hand_stack_free(f->s);
	mem_free(f);
	return 0;
}

/* A walk at the byte 'into' of a function of that name without flags, with the stack
 * pointer at the first word of a stack of zeros. */
static struct walk *walk_init(struct fixture *f, const char *name, uint64_t into)
{
	if (!f->table)
		skip();
	memset(f->s->words, 0, sizeof(f->s->words));
	f->fn.name = name;
	f->fn.is_top = f->fn.writes_sp = false;
	f->facts = (struct code_facts){.key = code_key(f->dso, f->fn.start + into),
				       .table = f->table,
				       .go = &f->fn};
	f->s->sample.arch = UNWIND_X86_64;
	f->w = (struct walk){
		.u = f->u,
		.sample = &f->s->sample,
		.arch = &x86,
		.stack = {(const uint8_t *)f->s->words, sizeof(f->s->words), STACK,
			  false},
		.output = &f->output,
		.addr = CODE + f->fn.start + into,
	};
	unwind_regs_set(&f->w.regs, UNWIND_X86_SP, STACK);
	return &f->w;
}

static enum walk_step leave(struct fixture *f)
{
	return leave_go(&f->w, &f->facts);
}

static void expect_reg(const struct walk *w, unsigned reg, uint64_t value)
{
	assert_true(unwind_regs_has(&w->regs, reg));
	assert_int_equal(w->regs.values[reg], value);
}

static void test_frame(void **state)
{
	struct fixture *f = *state;
	struct walk *w = walk_init(f, "main.first", IN_FRAME);

	f->s->words[3] = IP;
	assert_int_equal(leave(f), STEP_DONE);
	expect_reg(w, UNWIND_X86_SP, hand_stack_slot(4));
	expect_reg(w, UNWIND_X86_IP, IP);
	assert_false(w->is_exact);
	assert_false(unwind_regs_has(&w->regs, UNWIND_X86_BP));
	/* No frame before its first instruction. */
	w = walk_init(f, "main.first", 0);
	f->s->words[0] = IP;
	unwind_regs_set(&w->regs, UNWIND_X86_BP, STACK);
	assert_int_equal(leave(f), STEP_DONE);
	expect_reg(w, UNWIND_X86_SP, hand_stack_slot(1));
	expect_reg(w, UNWIND_X86_BP, STACK);
	/* No return address. */
	walk_init(f, "main.first", IN_FRAME);
	assert_int_equal(leave(f), STEP_FAILED);
	walk_init(f, "main.first", IN_FRAME)->stack.size = FRAME;
	assert_int_equal(leave(f), STEP_FAILED);
}

static void test_frame_pointer(void **state)
{
	static const struct {
		uint64_t fp, wanted;
	} cases[] = {
		{STACK + 16, 0x7777},	  /* where Go saves it */
		{STACK, 0x7777},	  /* saved twice */
		{STACK + 24, STACK + 24}, /* that of another frame, further up */
		{STACK - 8, STACK - 8},	  /* or further down */
		{STACK + 200, STACK + 200},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct walk *w = walk_init(f, "main.first", IN_FRAME);

		f->s->words[0] = STACK + 16;
		f->s->words[2] = 0x7777;
		f->s->words[3] = IP;
		unwind_regs_set(&w->regs, UNWIND_X86_BP, cases[i].fp);
		assert_int_equal(leave(f), STEP_DONE);
		expect_reg(w, UNWIND_X86_BP, cases[i].wanted);
	}
}

static void test_frame_arm(void **state)
{
	struct fixture *f = *state;
	struct walk *w = walk_init(f, "main.first", IN_FRAME);

	f->s->sample.arch = UNWIND_ARM64;
	w->arch = &arm;
	f->s->words[1] = 0x7777;
	f->s->words[2] = IP;
	unwind_regs_set(&w->regs, UNWIND_ARM_SP, hand_stack_slot(2));
	unwind_regs_set(&w->regs, UNWIND_ARM_FP, hand_stack_slot(1));
	assert_int_equal(leave(f), STEP_DONE);
	expect_reg(w, UNWIND_ARM_SP, hand_stack_slot(5));
	expect_reg(w, UNWIND_ARM_FP, 0x7777);
	expect_reg(w, UNWIND_ARM_PC, IP);
	/* Without a frame the link register has the return address, unless there was a
	 * call. */
	for (int is_exact = 0; is_exact < 2; is_exact++) {
		w = walk_init(f, "main.first", 0);
		f->s->sample.arch = UNWIND_ARM64;
		w->arch = &arm;
		w->is_exact = is_exact;
		unwind_regs_set(&w->regs, UNWIND_ARM_SP, STACK);
		unwind_regs_set(&w->regs, UNWIND_ARM_LR, IP);
		assert_int_equal(leave(f), is_exact ? STEP_DONE : STEP_FAILED);
		if (is_exact)
			expect_reg(w, UNWIND_ARM_PC, IP);
	}
}

static void test_outermost(void **state)
{
	struct fixture *f = *state;

	walk_init(f, "runtime.goexit", IN_FRAME);
	f->fn.is_top = true;
	assert_int_equal(leave(f), STEP_ROOT);
	/* A signal handler has this flag, but a caller, too. */
	walk_init(f, "runtime.sigtramp", IN_FRAME);
	f->fn.is_top = true;
	f->s->words[3] = IP;
	assert_int_equal(leave(f), STEP_DONE);
	/* A name like it of another package. */
	walk_init(f, "main.mcall", IN_FRAME);
	f->s->words[3] = IP;
	assert_int_equal(leave(f), STEP_DONE);
	walk_init(f, "runtime.mcall", IN_FRAME);
	assert_int_equal(leave(f), STEP_ROOT);
	/* It has not changed the stack yet. */
	walk_init(f, "runtime.mcall", IN_FRAME)->is_exact = true;
	f->s->words[3] = IP;
	assert_int_equal(leave(f), STEP_DONE);
}

/* morestack() preempts a goroutine if a function that switches was below it, else its
 * caller's stack is out of reach. */
static void test_grown_stack(void **state)
{
	struct fixture *f = *state;
	struct walk *w = walk_init(f, "runtime.morestack", IN_FRAME);

	f->s->words[3] = IP;
	assert_int_equal(leave(f), STEP_ELSEWHERE);
	w = walk_init(f, "runtime.gopreempt_m", IN_FRAME);
	f->s->words[3] = IP;
	assert_int_equal(leave(f), STEP_DONE);
	assert_true(w->is_scheduling);
	w = walk_init(f, "runtime.morestack", IN_FRAME);
	w->is_scheduling = true;
	assert_int_equal(leave(f), STEP_ROOT);
	w = walk_init(f, "runtime.morestack", IN_FRAME);
	w->is_exact = true;
	f->s->words[3] = IP;
	assert_int_equal(leave(f), STEP_DONE);
}

static void test_changed_stack(void **state)
{
	struct fixture *f = *state;
	struct walk *w = walk_init(f, "runtime.systemstack", IN_FRAME);

	/* Still on its own stack: the frame pointer is in its place. */
	f->fn.writes_sp = true;
	f->s->words[2] = 0x7777;
	f->s->words[3] = IP;
	unwind_regs_set(&w->regs, UNWIND_X86_BP, hand_stack_slot(2));
	assert_int_equal(leave(f), STEP_DONE);
	assert_false(w->is_other);
	expect_reg(w, UNWIND_X86_SP, hand_stack_slot(4));
	/* On the scheduler's: the frame pointer is that of the goroutine. */
	w = walk_init(f, "runtime.systemstack", IN_FRAME);
	f->fn.writes_sp = true;
	f->s->words[20] = 0x7777;
	f->s->words[21] = IP;
	unwind_regs_set(&w->regs, UNWIND_X86_BP, hand_stack_slot(20));
	assert_int_equal(leave(f), STEP_DONE);
	assert_true(w->is_other);
	assert_int_equal(w->scheduler_sp, STACK);
	expect_reg(w, UNWIND_X86_SP, hand_stack_slot(22));
	/* Without one it is out of reach; for mcall() it was the end. */
	w = walk_init(f, "runtime.systemstack", IN_FRAME);
	f->fn.writes_sp = true;
	unwind_regs_set(&w->regs, UNWIND_X86_BP, 0);
	assert_int_equal(leave(f), STEP_ELSEWHERE);
	w = walk_init(f, "runtime.mcall", IN_FRAME);
	w->is_exact = f->fn.writes_sp = true;
	unwind_regs_set(&w->regs, UNWIND_X86_BP, 0);
	assert_int_equal(leave(f), STEP_ROOT);
	/* cgocallback() has its frame on both. */
	w = walk_init(f, "runtime.cgocallback", IN_FRAME);
	f->fn.writes_sp = true;
	f->s->words[3] = IP;
	unwind_regs_set(&w->regs, UNWIND_X86_BP, hand_stack_slot(20));
	assert_int_equal(leave(f), STEP_DONE);
	assert_false(w->is_other);
	expect_reg(w, UNWIND_X86_SP, hand_stack_slot(4));
}

/* Addresses without an entry in the table are left by the frame pointer. */
static void test_unknown_frame(void **state)
{
	struct fixture *f = *state;
	struct walk *w = walk_init(f, "main.first", AFTER_END);

	f->s->words[3] = IP;
	f->s->words[21] = IP;
	unwind_regs_set(&w->regs, UNWIND_X86_BP, hand_stack_slot(20));
	assert_int_equal(leave(f), STEP_DONE);
	assert_true(w->is_other);
	expect_reg(w, UNWIND_X86_SP, hand_stack_slot(22));
}

/* The runtime inserts these at an interrupted instruction, which made no call. */
static void test_injected(void **state)
{
	struct fixture *f = *state;

	walk_init(f, "runtime.sigpanic", IN_FRAME);
	f->s->words[3] = IP;
	assert_int_equal(leave(f), STEP_DONE);
	assert_true(f->w.is_exact);
	walk_init(f, "runtime.gopanic", IN_FRAME);
	f->s->words[3] = IP;
	assert_int_equal(leave(f), STEP_DONE);
	assert_false(f->w.is_exact);
}

static void test_sigreturn(void **state)
{
	struct fixture *f = *state;

	walk_init(f, "runtime.sigreturn", IN_FRAME);
	f->s->words[5 + 15] = hand_stack_slot(40);
	f->s->words[5 + 16] = IP;
	assert_int_equal(leave(f), STEP_DONE);
	expect_reg(&f->w, UNWIND_X86_SP, hand_stack_slot(40));
	expect_reg(&f->w, UNWIND_X86_IP, IP);
}

static void test_facts(void **state)
{
	struct fixture *f = *state;

	walk_init(f, "runtime.cgocallback", 0);
	assert_false(go_has_frame_pointer(&f->facts));
	assert_true(go_is_on_both_stacks(&f->facts));
	walk_init(f, "main.first", IN_FRAME);
	assert_true(go_has_frame_pointer(&f->facts));
	assert_false(go_is_on_both_stacks(&f->facts));
	walk_init(f, "main.first", AFTER_END);
	assert_false(go_has_frame_pointer(&f->facts));
	f->facts = (struct code_facts){.table = f->table};
	assert_false(go_is_on_both_stacks(&f->facts));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_frame),	  TEST(test_frame_pointer),
		TEST(test_frame_arm),	  TEST(test_outermost),
		TEST(test_grown_stack),	  TEST(test_changed_stack),
		TEST(test_unknown_frame), TEST(test_injected),
		TEST(test_sigreturn),	  TEST(test_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
