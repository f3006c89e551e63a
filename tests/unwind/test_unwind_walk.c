/* The parts of a walk that all modules of the unwinder use. */
#include "tests/unwind/hand_stack.h"

#include "unwind/unwind_walk.h"

enum { AFTER_CALL = 5, AFTER_OTHER = 10, MAPPED = 0x40 };

static const struct unwind_arch_info x86 = {UNWIND_X86_IP, UNWIND_X86_SP, UNWIND_X86_BP,
					    0, UINT64_MAX};
static const struct unwind_arch_info arm = {UNWIND_ARM_PC, UNWIND_ARM_SP, UNWIND_ARM_FP,
					    (uint64_t)1 << UNWIND_ARM_LR,
					    ((uint64_t)1 << 48) - 1};

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

/* A walk in the program, after its table was made. */
static struct walk walk_of(struct hand_stack *s)
{
	struct walk w = {.sample = &s->sample, .arch = &x86};

	hand_stack_try(s, hand_stack_at(s, "work", 0));
	w.u = s->unwinder;
	return w;
}

static void test_mapping(void **state)
{
	struct hand_stack *s = *state;
	struct walk w = walk_of(s);
	const struct mapping *m = walk_mapping(&w, CODE);

	assert_non_null(m);
	assert_ptr_equal(walk_mapping(&w, m->end - 1), m);
	assert_null(walk_mapping(&w, m->end));
	assert_null(walk_mapping(&w, CODE - 1));
	assert_ptr_equal(walk_mapping(&w, CODE), m);
}

/* Code is read up to the end of its mapping, and of the file. */
static void test_code(void **state)
{
	struct hand_stack *s = *state;
	struct walk w = walk_of(s);
	struct mapping part = *walk_mapping(&w, CODE);
	uint64_t addr = hand_stack_at(s, "outer", 0);
	uint8_t code[16];

	assert_int_equal(walk_code(&w, addr, code, sizeof(code)), sizeof(code));
	assert_int_equal(code[0], 0xe8);
	assert_int_equal(walk_code(&w, 0x1234, code, sizeof(code)), 0);
	assert_int_equal(walk_code(&w, JIT, code, sizeof(code)), 0);
	part.start = COPY;
	part.end = COPY + MAPPED;
	part.file_off = addr - CODE;
	space_map(&s->spaces, s->sample.space, &part);
	w.mapping_start = w.mapping_end = 0;
	assert_int_equal(walk_code(&w, COPY + MAPPED - 4, code, sizeof(code)), 4);
	assert_int_equal(walk_code(&w, COPY, code, sizeof(code)), sizeof(code));
	assert_int_equal(code[0], 0xe8);
}

static void test_call(void **state)
{
	struct hand_stack *s = *state;
	struct walk w = walk_of(s);
	uint64_t addr = hand_stack_at(s, "outer", AFTER_CALL);
	struct mapping part = *walk_mapping(&w, CODE);
	struct call_site call;

	for (int again = 0; again < 2; again++) {
		call = walk_call(&w, addr);
		assert_int_equal(call.kind, CALL_DIRECT);
		assert_int_equal(addr + (uint64_t)call.target,
				 hand_stack_at(s, "asm_work", 0));
		assert_int_equal(walk_call(&w, addr - 1).kind, CALL_NONE);
	}
	assert_int_equal(walk_call(&w, JIT + 5).kind, CALL_UNREAD);
	/* A call of an address that is not mapped is data. */
	assert_int_equal(
		walk_call(&w, hand_stack_at(s, "calls_nothing", AFTER_CALL)).kind,
		CALL_NONE);
	/* A mapping that begins in the middle of another call. */
	part.start = COPY;
	part.end = COPY + MAPPED;
	part.file_off = hand_stack_at(s, "outer", AFTER_OTHER) - CODE - 4;
	space_map(&s->spaces, s->sample.space, &part);
	w.mapping_start = w.mapping_end = 0;
	assert_int_equal(walk_call(&w, COPY + 4).kind, CALL_NONE);
}

static void test_facts(void **state)
{
	struct hand_stack *s = *state;
	struct walk w = walk_of(s);
	uint64_t addr = hand_stack_at(s, "work", 1);
	const struct mapping *m = walk_mapping(&w, addr);
	struct code_facts *facts = walk_facts(&w, m, addr);
	uint64_t key = code_key(m->dso, addr - CODE);
	struct mapping far = *m;

	assert_non_null(facts);
	assert_int_equal(facts->key, key);
	assert_non_null(facts->rule);
	assert_int_equal(facts->depth, 16);
	/* Looked up again they are the same, maybe in another slot. */
	for (int i = 0; i < 3; i++)
		assert_int_equal(walk_facts(&w, m, addr)->key, key);
	assert_int_equal(walk_facts(&w, m, hand_stack_at(s, "asm_work", 0))->depth, 0);
	/* Files end before 1 TiB. */
	far.file_off = ((uint64_t)1 << CODE_KEY_BITS) - 1;
	assert_null(walk_facts(&w, &far, far.start + 1));
}

/* A rule is plain if all its words are below the CFA, and none is needed after it. */
static void test_plain_rules(void **state)
{
	static const struct {
		const char *function;
		uint32_t depth;
	} cases[] = {
		{"plain", 8},	  {"framed", 16},   {"popped", 16},    {"saves_rbx", 16},
		{"outermost", 0}, {"signalled", 0}, {"stuck", 0},      {"sinking", 0},
		{"above", 0},	  {"none", 0},	    {"searching", 72},
	};
	struct hand_stack *s = *state;
	struct walk w = {.sample = &s->sample, .arch = &x86};

	hand_stack_try(s, hand_stack_at(s, "plain", 0));
	w.u = s->unwinder;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint64_t addr = hand_stack_at(s, cases[i].function, 2);
		const struct code_facts *facts =
			walk_facts(&w, walk_mapping(&w, addr), addr);

		assert_non_null(facts);
		assert_int_equal(facts->depth, cases[i].depth);
	}
}

static void test_enter(void **state)
{
	struct hand_stack *s = *state;
	struct walk w = walk_of(s);

	assert_int_equal(walk_enter(&w, UINT64_MAX, false), STEP_DONE);
	assert_int_equal(w.regs.values[UNWIND_X86_IP], UINT64_MAX);
	/* A call has changed the link register of arm64; the address is not signed any
	 * more. */
	w.arch = &arm;
	for (int is_exact = 0; is_exact < 2; is_exact++) {
		unwind_regs_set(&w.regs, UNWIND_ARM_LR, 5);
		walk_enter(&w, UINT64_MAX, is_exact);
		assert_int_equal(w.regs.values[UNWIND_ARM_PC], ((uint64_t)1 << 48) - 1);
		assert_int_equal(unwind_regs_has(&w.regs, UNWIND_ARM_LR), is_exact);
		assert_int_equal(w.is_exact, is_exact);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_mapping),
		TEST(test_code),
		TEST(test_call),
		TEST(test_facts),
		TEST(test_enter),
		cmocka_unit_test_setup_teardown(test_plain_rules, setup_frames, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
