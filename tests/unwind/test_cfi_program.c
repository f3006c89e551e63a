/* Single instructions of call frame information, made by hand. */
#include "tests/unwind/cfi_rows.h"

#include "tests/test.h"

/* Executes up to the end of the first row. */
#define RUN(f, ...)                                                                      \
	(cfi_rows_begin(f, (const uint8_t[]){__VA_ARGS__},                               \
			sizeof((uint8_t[]){__VA_ARGS__})),                               \
	 cfi_rows_next(f))

static void test_rows(void **state)
{
	static const uint8_t program[] = {
		ADVANCE | 4, DEF_CFA_OFFSET, 16, ADVANCE_1, 0x20, ADVANCE_2, 0x10,
		0,	     0x0e,	     24, ADVANCE_4, 0xff, 0xff,	     0,
		0,	     0x0e,	     32};
	struct cfi_rows *f = *state;

	cfi_rows_begin(f, program, sizeof(program));
	assert_true(cfi_rows_next(f));
	expect_row(f, START, START + 4);
	expect_cfa(f, 7, 8);
	assert_true(cfi_rows_next(f));
	expect_row(f, START + 4, START + 0x24);
	expect_cfa(f, 7, 16);
	assert_true(cfi_rows_next(f));
	expect_row(f, START + 0x24, START + 0x34);
	/* The last one does not go on after the code. */
	assert_true(cfi_rows_next(f));
	expect_row(f, START + 0x34, END);
	expect_cfa(f, 7, 24);
	assert_false(cfi_rows_next(f));
}

static void test_code_align(void **state)
{
	struct cfi_rows *f = *state;

	f->context.code_align = 4;
	assert_true(RUN(f, ADVANCE | 3));
	expect_row(f, START, START + 12);
	f->context.code_align = UINT64_MAX;
	assert_true(RUN(f, ADVANCE | 3));
	expect_row(f, START, END);
	f->context.code_align = UINT64_MAX - START;
	assert_true(RUN(f, ADVANCE | 1));
	expect_row(f, START, END);
}

static void test_cfa(void **state)
{
	struct cfi_rows *f = *state;

	assert_true(RUN(f, DEF_CFA, 6, 16));
	expect_cfa(f, 6, 16);
	assert_true(RUN(f, DEF_CFA_SF, 6, 0x7e));
	expect_cfa(f, 6, 16);
	assert_true(RUN(f, DEF_CFA_REGISTER, 3));
	expect_cfa(f, 3, 8);
	assert_true(RUN(f, DEF_CFA_OFFSET, 0x80, 1));
	expect_cfa(f, 7, 128);
	assert_true(RUN(f, DEF_CFA_OFFSET_SF, 2));
	expect_cfa(f, 7, -16);
	assert_true(RUN(f, DEF_CFA_EXPRESSION, 2, 0x77, 8));
	expect_cfa(f, UNWIND_NO_REG, 0);
	assert_true(RUN(f, DEF_CFA_EXPRESSION, 2, 0x77, 8, DEF_CFA, 6, 16));
	expect_cfa(f, 6, 16);
	/* An expression has no register and no offset. */
	assert_false(RUN(f, DEF_CFA_EXPRESSION, 2, 0x77, 8, DEF_CFA_OFFSET, 16));
	assert_false(RUN(f, DEF_CFA_EXPRESSION, 2, 0x77, 8, DEF_CFA_OFFSET_SF, 2));
	assert_false(RUN(f, DEF_CFA_EXPRESSION, 2, 0x77, 8, DEF_CFA_REGISTER, 3));
	assert_true(RUN(f, DEF_CFA, UNWIND_REGS - 1, 8));
	assert_false(RUN(f, DEF_CFA, UNWIND_REGS, 8));
	assert_false(RUN(f, DEF_CFA_REGISTER, 0x87, 2));
	/* Offsets of more than 32 bits. */
	assert_false(RUN(f, DEF_CFA_OFFSET, 0x80, 0x80, 0x80, 0x80, 0x08));
	assert_true(RUN(f, DEF_CFA_OFFSET, 0xff, 0xff, 0xff, 0xff, 0x07));
	f->context.data_align = INT64_MAX;
	assert_false(RUN(f, DEF_CFA_OFFSET_SF, 2));
}

static void test_registers(void **state)
{
	struct cfi_rows *f = *state;

	assert_true(RUN(f, OFFSET | 6, 2, OFFSET_EXTENDED, 3, 3, OFFSET_SF, 12, 0x7e,
			NEGATIVE_OFFSET, 13, 5));
	expect_saved(f, 6, UNWIND_AT_CFA, -16);
	expect_saved(f, 3, UNWIND_AT_CFA, -24);
	expect_saved(f, 12, UNWIND_AT_CFA, 16);
	expect_saved(f, 13, UNWIND_AT_CFA, 40);
	expect_saved(f, 16, UNWIND_AT_CFA, -8);
	assert_int_equal(f->p.rule.head.n, 5);
	for (unsigned i = 1; i < f->p.rule.head.n; i++)
		assert_true(f->p.rule.saved[i - 1].reg < f->p.rule.saved[i].reg);
	assert_true(RUN(f, VAL_OFFSET, 6, 2, VAL_OFFSET_SF, 3, 0x7e, REGISTER, 12, 1,
			UNDEFINED, 16));
	expect_saved(f, 6, UNWIND_CFA, -16);
	expect_saved(f, 3, UNWIND_CFA, 16);
	expect_saved(f, 12, UNWIND_REGISTER, 1);
	expect_saved(f, 16, UNWIND_UNDEFINED, 0);
	/* Again, in another way. */
	assert_true(RUN(f, OFFSET | 6, 2, OFFSET | 6, 4));
	expect_saved(f, 6, UNWIND_AT_CFA, -32);
	assert_int_equal(f->p.rule.head.n, 2);
	/* Vector registers are of no use. */
	assert_true(RUN(f, OFFSET | 17, 2, OFFSET_EXTENDED, 0x80, 1, 2, UNDEFINED, 40));
	assert_int_equal(f->p.rule.head.n, 1);
	assert_true(RUN(f, ARGS_SIZE, 0x90, 1, 0, OFFSET | 6, 2));
	expect_saved(f, 6, UNWIND_AT_CFA, -16);
}

/* Back to the value that the CIE gives, or to none. */
static void test_restore(void **state)
{
	struct cfi_rows *f = *state;

	assert_true(RUN(f, OFFSET | 16, 4, OFFSET | 6, 2, RESTORE | 6, RESTORE | 16));
	assert_null(cfi_rows_saved(f, 6));
	expect_saved(f, 16, UNWIND_AT_CFA, -8);
	assert_true(RUN(f, OFFSET | 6, 2, OFFSET | 3, 3, RESTORE_EXTENDED, 6));
	assert_null(cfi_rows_saved(f, 6));
	expect_saved(f, 3, UNWIND_AT_CFA, -24);
	assert_true(RUN(f, OFFSET | 6, 2, SAME_VALUE, 6, SAME_VALUE, 3));
	assert_null(cfi_rows_saved(f, 6));
	assert_int_equal(f->p.rule.head.n, 1);
}

static void test_remember(void **state)
{
	struct cfi_rows *f = *state;

	assert_true(RUN(f, DEF_CFA_OFFSET, 16, REMEMBER, DEF_CFA_OFFSET, 24, REMEMBER,
			DEF_CFA_OFFSET, 32, RESTORE_STATE));
	expect_cfa(f, 7, 24);
	assert_true(RUN(f, DEF_CFA_OFFSET, 16, REMEMBER, DEF_CFA_OFFSET, 24, REMEMBER,
			DEF_CFA_OFFSET, 32, RESTORE_STATE, RESTORE_STATE));
	expect_cfa(f, 7, 16);
	assert_false(RUN(f, REMEMBER, RESTORE_STATE, RESTORE_STATE));
	assert_true(RUN(f, REMEMBER, REMEMBER, REMEMBER, REMEMBER, REMEMBER, REMEMBER,
			REMEMBER, REMEMBER));
	assert_false(RUN(f, REMEMBER, REMEMBER, REMEMBER, REMEMBER, REMEMBER, REMEMBER,
			 REMEMBER, REMEMBER, REMEMBER));
}

static void test_expressions(void **state)
{
	struct cfi_rows *f = *state;

	assert_true(RUN(f, EXPRESSION, 6, 2, 0x77, 8, VAL_EXPRESSION, 3, 2, 0x77, 16,
			EXPRESSION, 12, 2, 0x77, 8));
	expect_saved(f, 6, UNWIND_AT_RESULT, 0);
	expect_saved(f, 3, UNWIND_RESULT, 1);
	expect_saved(f, 12, UNWIND_AT_RESULT, 0);
	assert_int_equal(f->expressions.items.n, 2);
	assert_memory_equal(f->expressions.bytes.items, "\x77\x08\x77\x10", 4);
	assert_false(RUN(f, EXPRESSION, 6, 0));
	assert_false(RUN(f, EXPRESSION, 6, 2, 0x77));
	assert_false(RUN(f, DEF_CFA_EXPRESSION, 0));
}

/* Damaged instructions end the rows; their number is bounded. */
static void test_damaged(void **state)
{
	struct cfi_rows *f = *state;

	assert_false(RUN(f, 0x3f));
	assert_false(RUN(f, DEF_CFA, 6));
	assert_false(RUN(f, OFFSET | 6));
	assert_true(RUN(f, ADVANCE | 4, 0x3f));
	expect_row(f, START, START + 4);
	assert_false(cfi_rows_next(f));
	f->steps = 2;
	assert_true(RUN(f, 0, 0));
	assert_int_equal(f->steps, 0);
	f->steps = 2;
	assert_false(RUN(f, 0, 0, 0));
}

int main(void)
{
#define TEST(name)                                                                       \
	cmocka_unit_test_setup_teardown(name, cfi_rows_set_up, cfi_rows_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_rows),	TEST(test_code_align), TEST(test_cfa),
		TEST(test_registers),	TEST(test_restore),    TEST(test_remember),
		TEST(test_expressions), TEST(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
