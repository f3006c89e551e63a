#include "tests/test.h"
#include "unwind/unwind_expression.h"

#include <string.h>

static struct unwind_regs some_regs(void)
{
	struct unwind_regs regs = {0};

	unwind_regs_set(&regs, UNWIND_X86_SP, 0x7000);
	unwind_regs_set(&regs, UNWIND_X86_IP, 0x4000);
	return regs;
}

static bool calculate(const void *program, size_t size, const struct unwind_regs *regs,
		      uint64_t *result)
{
	static const uint64_t words[] = {11, 22};
	struct unwind_stack stack = {(const uint8_t *)words, sizeof(words), 0x7000,
				     false};

	return unwind_expression(bytes_of(program, size), regs, &stack, NULL, result);
}

/* The expression of linkers for stubs: rsp + 8, and 8 more from the stub's second
 * instruction on. */
static void test_plt(void **state)
{
	static const uint8_t program[] = {0x77, 8,    0x80, 0,	  0x3f, 0x1a,
					  0x3b, 0x2a, 0x33, 0x24, 0x22};
	struct unwind_regs regs = some_regs();
	uint64_t result;

	(void)state;
	for (uint64_t into = 0; into < 16; into++) {
		unwind_regs_set(&regs, UNWIND_X86_IP, 0x4000 + into);
		assert_true(calculate(program, sizeof(program), &regs, &result));
		assert_int_equal(result, 0x7008 + (into >= 11 ? 8 : 0));
	}
}

static void test_operations(void **state)
{
	static const struct {
		uint8_t program[12];
		uint8_t size;
		uint64_t result;
	} cases[] = {
		{{0x77, 8, 0x06}, 3, 22},		       /* the word at rsp + 8 */
		{{0x77, 0x78}, 2, 0x7000 - 8},		       /* rsp - 8 */
		{{0x08, 200, 0x09, 0xff, 0x22}, 5, 199},       /* 200 + -1 */
		{{0x0a, 1, 2, 0x23, 3}, 5, 0x204},	       /* 0x201 + 3 */
		{{0x35, 0x32, 0x1c}, 3, 3},		       /* 5 - 2 */
		{{0x35, 0x32, 0x16, 0x1c}, 4, (uint64_t)-3},   /* the same, swapped */
		{{0x35, 0x12, 0x1e}, 3, 25},		       /* 5 twice, multiplied */
		{{0x35, 0x32, 0x14, 0x22, 0x22}, 5, 12},       /* 5 2 5 */
		{{0x35, 0x1f, 0x20}, 3, 4},		       /* ~-5 */
		{{0x39, 0x36, 0x2d}, 3, 0},		       /* 9 < 6 */
		{{0x92, 0x10, 1}, 3, 0x4001},		       /* rip + 1 */
		{{0x35, 0x32, 0x24}, 3, 20},		       /* 5 << 2 */
		{{0x35, 0x08, 65, 0x24}, 4, 0},		       /* 5 << 65 */
		{{0x35, 0x08, 65, 0x25}, 4, 0},		       /* 5 >> 65 */
		{{0x35, 0x1f, 0x08, 65, 0x26}, 5, UINT64_MAX}, /* -5 >> 65, by sign */
		{{0x39, 0x36, 0x1a}, 3, 0},		       /* 9 & 6 */
		{{0x3d, 0x36, 0x1a}, 3, 4},		       /* 13 & 6 */
		{{0x3d, 0x36, 0x21}, 3, 15},		       /* 13 | 6 */
		{{0x3d, 0x36, 0x27}, 3, 11},		       /* 13 ^ 6 */
		{{0x39, 0x23, 0x81, 1}, 4, 138},	       /* 9 + 129 */
		{{0x39, 0x32, 0x25}, 3, 2},		       /* 9 >> 2 */
		{{0x39, 0x1f, 0x32, 0x26}, 4, (uint64_t)-3},   /* -9 >> 2, by sign */
		{{0x39, 0x36, 0x13}, 3, 9}, /* 9 6, the last one dropped */
		{{0x0b, 0xfe, 0xff}, 3, (uint64_t)-2},
		{{0x0d, 0xfe, 0xff, 0xff, 0xff}, 5, (uint64_t)-2},
		{{0x0c, 0xfe, 0xff, 0xff, 0xff}, 5, 0xfffffffe},
		{{0x0e, 1, 2, 3, 4, 5, 6, 7, 8}, 9, 0x0807060504030201},
		{{0x10, 0x81, 1}, 3, 129},
		{{0x11, 0x7f}, 2, UINT64_MAX},
		{{0x39, 0x96}, 2, 9},
	};
	struct unwind_regs regs = some_regs();
	uint64_t result;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_true(calculate(cases[i].program, cases[i].size, &regs, &result));
		assert_int_equal(result, cases[i].result);
	}
}

/* Comparisons have signs. */
static void test_comparisons(void **state)
{
	static const struct {
		uint8_t operation;
		bool is_less, is_same, is_more;
	} cases[] = {
		{0x29, 0, 1, 0}, /* eq */
		{0x2a, 0, 1, 1}, /* ge */
		{0x2b, 0, 0, 1}, /* gt */
		{0x2c, 1, 1, 0}, /* le */
		{0x2d, 1, 0, 0}, /* lt */
		{0x2e, 1, 0, 1}, /* ne */
	};
	struct unwind_regs regs = some_regs();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const uint8_t less[] = {0x35, 0x1f, 0x32, cases[i].operation};
		const uint8_t same[] = {0x35, 0x1f, 0x35, 0x1f, cases[i].operation};
		const uint8_t more[] = {0x32, 0x35, 0x1f, cases[i].operation};
		uint64_t result;

		assert_true(calculate(less, sizeof(less), &regs, &result));
		assert_int_equal(result, cases[i].is_less);
		assert_true(calculate(same, sizeof(same), &regs, &result));
		assert_int_equal(result, cases[i].is_same);
		assert_true(calculate(more, sizeof(more), &regs, &result));
		assert_int_equal(result, cases[i].is_more);
	}
}

/* A program may have 16 numbers on its stack at once. */
static void test_depth(void **state)
{
	struct unwind_regs regs = some_regs();
	uint8_t program[31];
	uint64_t result;

	(void)state;
	memset(program, 0x31, 16);
	memset(program + 16, 0x22, 15);
	assert_true(calculate(program, sizeof(program), &regs, &result));
	assert_int_equal(result, 16);
}

/* Only words after the copy that can be on the stack make it short. */
static void test_short_stack(void **state)
{
	static const uint64_t words[2] = {1, 2};
	static const struct {
		uint64_t addr;
		bool is_read, is_short;
	} cases[] = {
		{0x7000, true, false},
		{0x7001, true, false},
		{0x7008, true, false},
		{0x7009, false, true},
		{0x7010, false, true},
		{0x7000 + UNWIND_STACK_MAX - 1, false, true},
		{0x7000 + UNWIND_STACK_MAX, false, false},
		{0x6ff8, false, false},
		{0, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct unwind_stack stack = {(const uint8_t *)words, sizeof(words),
					     0x7000, false};
		uint64_t word;

		assert_int_equal(unwind_stack_word(&stack, cases[i].addr, &word),
				 cases[i].is_read);
		assert_int_equal(stack.is_short, cases[i].is_short);
	}
}

/* Rules of registers begin with the CFA on the stack. */
static void test_first(void **state)
{
	static const uint8_t program[] = {0x38, 0x1c}; /* that - 8 */
	struct unwind_regs regs = some_regs();
	struct unwind_stack stack = {0};
	uint64_t cfa = 0x7010, result;

	(void)state;
	assert_true(unwind_expression(bytes_of(program, sizeof(program)), &regs, &stack,
				      &cfa, &result));
	assert_int_equal(result, 0x7008);
}

/* Programs without a result: the stack is empty or full, a register or word is unknown, a
 * jump, a truncated number. */
static void test_failures(void **state)
{
	static const struct {
		uint8_t program[4], size;
	} cases[] = {
		{{0}, 0},
		{{0x22}, 1},
		{{0x31, 0x22}, 2},
		{{0x73, 0}, 2},
		{{0x92, 99, 0}, 3},
		{{0x77, 16, 0x06}, 3},
		{{0x2f, 0xfd, 0xff}, 3},
		{{0x0c, 1}, 2},
	};
	uint8_t full[40];
	struct unwind_regs regs = some_regs();
	uint64_t result;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_false(calculate(cases[i].program, cases[i].size, &regs, &result));
	memset(full, 0x31, sizeof(full));
	assert_false(calculate(full, sizeof(full), &regs, &result));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plt),	    cmocka_unit_test(test_operations),
		cmocka_unit_test(test_comparisons), cmocka_unit_test(test_depth),
		cmocka_unit_test(test_short_stack), cmocka_unit_test(test_first),
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
