#include "unwind/unwind_regs.h"

#include "tests/test.h"

enum { MANY = 64 };

static struct unwind_regs read_regs(enum unwind_arch arch, uint64_t mask, size_t n)
{
	struct unwind_regs regs = {.known = UINT64_MAX};
	uint64_t words[MANY];
	struct bytes b;

	for (size_t i = 0; i < MANY; i++)
		words[i] = 100 + i;
	b = bytes_of(words, n * sizeof(*words));
	unwind_regs_from_perf(&regs, arch, mask, &b);
	return regs;
}

/* The kernel's order: ax, bx, cx, dx, si, di, bp, sp, ip, flags, six segments, r8 to
 * r15. */
static void test_x86(void **state)
{
	static const uint8_t wanted[] = {0, 3, 2, 1, 4, 5, 6, 7, 16};
	struct unwind_regs regs = read_regs(UNWIND_X86_64, (1 << 24) - 1, 24);

	(void)state;
	for (size_t i = 0; i < sizeof(wanted); i++)
		assert_int_equal(regs.values[wanted[i]], 100 + i);
	for (unsigned i = 8; i < 16; i++)
		assert_int_equal(regs.values[i], 100 + 16 + i - 8);
	assert_int_equal(regs.known, (1 << 17) - 1);
}

/* Only the bits of the mask have a word. */
static void test_mask(void **state)
{
	struct unwind_regs regs = read_regs(UNWIND_X86_64, 1 << 8 | 1 << 7 | 1 << 9, 3);

	(void)state;
	assert_int_equal(regs.known, 1 << UNWIND_X86_IP | 1 << UNWIND_X86_SP);
	assert_int_equal(regs.values[UNWIND_X86_SP], 100);
	assert_int_equal(regs.values[UNWIND_X86_IP], 101);
	regs = read_regs(UNWIND_X86_64, (uint64_t)1 << 63 | 1, 2);
	assert_int_equal(regs.known, 1);
	assert_int_equal(read_regs(UNWIND_X86_64, UINT64_MAX, MANY).known, (1 << 17) - 1);
	assert_int_equal(read_regs(UNWIND_X86_64, 0, 0).known, 0);
}

static void test_arm(void **state)
{
	struct unwind_regs regs = read_regs(UNWIND_ARM64, ((uint64_t)1 << 33) - 1, 33);

	(void)state;
	for (unsigned i = 0; i <= UNWIND_ARM_PC; i++)
		assert_int_equal(regs.values[i], 100 + i);
	assert_int_equal(regs.known, ((uint64_t)1 << 33) - 1);
}

/* Words that are missing leave their registers unknown. */
static void test_truncated(void **state)
{
	(void)state;
	assert_int_equal(read_regs(UNWIND_X86_64, 0x1ff, 3).known,
			 1 << 0 | 1 << 3 | 1 << 2);
	assert_int_equal(read_regs(UNWIND_X86_64, 0x1ff, 0).known, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_x86),
		cmocka_unit_test(test_mask),
		cmocka_unit_test(test_arm),
		cmocka_unit_test(test_truncated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
