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

/* What linkers write for stubs: rsp + 8, and 8 more from the stub's second instruction on. */
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
		{{0x77, 8, 0x06}, 3, 22},		     /* what stands at rsp + 8 */
		{{0x77, 0x78}, 2, 0x7000 - 8},		     /* rsp - 8 */
		{{0x08, 200, 0x09, 0xff, 0x22}, 5, 199},     /* 200 + -1 */
		{{0x0a, 1, 2, 0x23, 3}, 5, 0x204},	     /* 0x201 + 3 */
		{{0x35, 0x32, 0x1c}, 3, 3},		     /* 5 - 2 */
		{{0x35, 0x32, 0x16, 0x1c}, 4, (uint64_t)-3}, /* the same, swapped */
		{{0x35, 0x12, 0x1e}, 3, 25},		     /* 5 twice, multiplied */
		{{0x35, 0x32, 0x14, 0x22, 0x22}, 5, 12},     /* 5 2 5 */
		{{0x35, 0x1f, 0x20}, 3, 4},		     /* ~-5 */
		{{0x39, 0x36, 0x2d}, 3, 0},		     /* 9 < 6 */
		{{0x92, 0x10, 1}, 3, 0x4001},		     /* rip + 1 */
		{{0x35, 0x32, 0x24}, 3, 20},		     /* 5 << 2 */
		{{0x35, 0x08, 65, 0x24}, 4, 0},		     /* 5 << 65 */
		{{0x35, 0x08, 65, 0x25}, 4, 0},		     /* 5 >> 65 */
		{{0x35, 0x1f, 0x08, 65, 0x26}, 5, UINT64_MAX}, /* -5 >> 65, by sign */
	};
	struct unwind_regs regs = some_regs();
	uint64_t result;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_true(calculate(cases[i].program, cases[i].size, &regs, &result));
		assert_int_equal(result, cases[i].result);
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

/* Without a result: a stack that is empty or full, registers and words that nobody knows, jumps,
 * numbers that are cut. */
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
		cmocka_unit_test(test_plt),
		cmocka_unit_test(test_operations),
		cmocka_unit_test(test_first),
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
