/* Calls, jumps and marks in machine code, by hand. */
#include "unwind/call_site.h"

#include "base/scoped.h"
#include "tests/test.h"

#include <string.h>

struct assembled {
	size_t n;
	uint8_t bytes[16];
};

static struct call_site before(enum unwind_arch arch, const struct assembled *c)
{
	return call_site_before(arch, c->bytes, c->n);
}

static void test_indirect_calls(void **state)
{
	static const struct assembled calls[] = {
		{2, {0xff, 0xd0}},		     /* call *%rax */
		{3, {0x41, 0xff, 0xd4}},	     /* call *%r12 */
		{2, {0xff, 0x10}},		     /* call *(%rax) */
		{3, {0xff, 0x50, 0x18}},	     /* call *24(%rax) */
		{3, {0xff, 0x14, 0xc5}},	     /* too short: see below */
		{4, {0xff, 0x54, 0x24, 0x08}},	     /* call *8(%rsp) */
		{6, {0xff, 0x15, 1, 2, 3, 4}},	     /* call *0x4030201(%rip) */
		{6, {0xff, 0x90, 1, 2, 3, 4}},	     /* call *0x4030201(%rax) */
		{7, {0xff, 0x94, 0x24, 1, 2, 3, 4}}, /* call *0x4030201(%rsp) */
		{7, {0xff, 0x14, 0xc5, 1, 2, 3, 4}}, /* call *0x4030201(,%rax,8) */
		{3, {0xff, 0x14, 0x08}},	     /* call *(%rax,%rcx) */
		{8, {0x65, 0x42, 0xff, 0x14, 0xc5, 1, 2, 3}}, /* cut short */
		{7, {0x65, 0xff, 0x14, 0x25, 0x10, 0, 0}},    /* cut short */
		{8, {0x65, 0xff, 0x14, 0x25, 0x10, 0, 0, 0}}, /* call *%gs:0x10 */
		{3, {0x3e, 0xff, 0xd2}},		      /* notrack call *%rdx */
	};
	static const bool is_call[] = {1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1};

	(void)state;
	for (size_t i = 0; i < array_size(calls); i++)
		assert_int_equal(before(UNWIND_X86_64, &calls[i]).kind,
				 is_call[i] ? CALL_INDIRECT : CALL_NONE);
}

static void test_direct_calls(void **state)
{
	static const struct assembled call = {5, {0xe8, 0xfb, 0xfe, 0xff, 0xff}};
	static const struct assembled tls = {8, {0x66, 0x66, 0x48, 0xe8, 1, 0, 0, 0}};
	static const struct assembled jumps[] = {
		{5, {0xe9, 0xfb, 0xfe, 0xff, 0xff}}, /* jmp */
		{2, {0xff, 0xe0}},		     /* jmp *%rax */
		{2, {0xff, 0xd8}},		     /* no instruction */
		{2, {0xff, 0x30}},		     /* push (%rax) */
		{1, {0xc3}},
		{4, {0xe8, 1, 2, 3}}, /* cut short */
		{0, {0}},
	};
	struct call_site c = before(UNWIND_X86_64, &call);

	(void)state;
	assert_int_equal(c.kind, CALL_DIRECT);
	assert_int_equal(c.target, -261);
	c = before(UNWIND_X86_64, &tls);
	assert_int_equal(c.kind, CALL_DIRECT);
	assert_int_equal(c.target, 1);
	for (size_t i = 0; i < array_size(jumps); i++)
		assert_int_equal(before(UNWIND_X86_64, &jumps[i]).kind, CALL_NONE);
}

static void test_arm(void **state)
{
	static const struct assembled bl = {4, {0xff, 0xff, 0xff, 0x97}};  /* bl .-4 */
	static const struct assembled blr = {4, {0x00, 0x02, 0x3f, 0xd6}}; /* blr x16 */
	static const struct assembled blraa = {
		4, {0x11, 0x0a, 0x3f, 0xd7}}; /* blraa x16, x17 */
	static const struct assembled br = {4, {0x00, 0x02, 0x1f, 0xd6}}; /* br x16 */
	struct call_site c = before(UNWIND_ARM64, &bl);

	(void)state;
	assert_int_equal(c.kind, CALL_DIRECT);
	assert_int_equal(c.target, -8);
	assert_int_equal(before(UNWIND_ARM64, &blr).kind, CALL_INDIRECT);
	assert_int_equal(before(UNWIND_ARM64, &blraa).kind, CALL_INDIRECT);
	assert_int_equal(before(UNWIND_ARM64, &br).kind, CALL_NONE);
}

/* All jumps to a target, and whether there is an indirect one. */
static size_t jumps_to(enum unwind_arch arch, const struct assembled *c, int64_t target,
		       bool *is_indirect)
{
	struct jump_scan scan = {.arch = arch, .code = c->bytes, .size = c->n};
	struct jump j;
	size_t n = 0;

	*is_indirect = false;
	while (jump_scan_next(&scan, &j)) {
		*is_indirect |= j.is_indirect;
		n += !j.is_indirect && j.target == target;
	}
	return n;
}

static void test_jumps(void **state)
{
	static const struct assembled jmp = {7, {0x90, 0xe9, 0xfa, 0x0f, 0, 0, 0xc3}};
	static const struct assembled jcc = {7, {0x90, 0x0f, 0x84, 0xf9, 0x0f, 0, 0}};
	static const struct assembled near = {2, {0xeb, 0x7e}};
	static const struct assembled plt = {7, {0xf2, 0xff, 0x25, 1, 2, 3, 4}};
	static const struct assembled ret = {1, {0xc3}};
	static const struct assembled b = {8,
					   {0x1f, 0x20, 0x03, 0xd5, 0xff, 0x03, 0, 0x14}};
	static const struct assembled br = {4, {0x00, 0x02, 0x1f, 0xd6}};
	bool is_indirect;

	(void)state;
	assert_int_equal(jumps_to(UNWIND_X86_64, &jmp, 0x1000, &is_indirect), 1);
	assert_false(is_indirect);
	assert_int_equal(jumps_to(UNWIND_X86_64, &jcc, 0x1000, &is_indirect), 1);
	assert_int_equal(jumps_to(UNWIND_X86_64, &near, 0x80, &is_indirect), 1);
	assert_int_equal(jumps_to(UNWIND_X86_64, &ret, 0, &is_indirect), 0);
	assert_false(is_indirect);
	jumps_to(UNWIND_X86_64, &plt, 0, &is_indirect);
	assert_true(is_indirect);
	assert_int_equal(jumps_to(UNWIND_ARM64, &b, 0x1000, &is_indirect), 1);
	assert_false(is_indirect);
	jumps_to(UNWIND_ARM64, &br, 0, &is_indirect);
	assert_true(is_indirect);
}

/* Jumps of arm64 with a condition, at multiples of 4 alone; the bytes of another
 * instruction may look like one. */
static void test_arm_jumps(void **state)
{
	static const struct assembled conditional = {
		8,
		{0x00, 0x00, 0x80, 0x54, 0x1f, 0x20, 0x03, 0xd5}}; /* b.eq .-0x100000 */
	static const struct assembled far = {4, {0xe0, 0xff, 0x7f, 0x54}};
	static const struct assembled cbz = {4, {0x00, 0x80, 0x00, 0xb4}};
	static const struct assembled shifted = {
		8, {0x1f, 0x20, 0x03, 0x04, 0x00, 0x00, 0x14, 0xd5}};
	bool is_indirect;

	(void)state;
	assert_int_equal(jumps_to(UNWIND_ARM64, &conditional, -0x100000, &is_indirect),
			 1);
	assert_int_equal(jumps_to(UNWIND_ARM64, &far, 0xffffc, &is_indirect), 1);
	assert_int_equal(jumps_to(UNWIND_ARM64, &cbz, 0x1000, &is_indirect), 1);
	assert_int_equal(jumps_to(UNWIND_ARM64, &shifted, 0x13, &is_indirect), 0);
	assert_false(is_indirect);
}

/* 0xff before a byte that makes it a jump, which is the end of a number. */
static void test_ends_of_numbers(void **state)
{
	static const struct assembled numbers[] = {
		{7, {0xe8, 0x10, 0x20, 0x30, 0xff, 0xe0, 0x90}}, /* call, then loopne */
		{8, {0x48, 0x83, 0xc0, 0xff, 0xe0, 0x90, 0x90, 0x90}}, /* add $-1,%rax */
		{8, {0x0f, 0x84, 1, 2, 3, 0xff, 0xe0, 0x90}},	       /* je */
		{8, {0x48, 0x8d, 0x05, 1, 2, 0xff, 0xff, 0xe0}},       /* lea (%rip) */
	};
	static const struct assembled jump = {4, {0x90, 0x90, 0xff, 0xe0}};
	bool is_indirect;

	(void)state;
	for (size_t i = 0; i < array_size(numbers); i++) {
		jumps_to(UNWIND_X86_64, &numbers[i], 1, &is_indirect);
		assert_false(is_indirect);
	}
	jumps_to(UNWIND_X86_64, &jump, 1, &is_indirect);
	assert_true(is_indirect);
}

static void test_padding(void **state)
{
	static const uint8_t x86[] = {0x90, 0xcc, 0x00, 0x00, 0xcc, 0xcc, 0x90};
	static const uint8_t arm[] = {1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1};

	(void)state;
	assert_int_equal(call_site_to_padding(UNWIND_X86_64, x86, sizeof(x86)), 4);
	assert_int_equal(call_site_to_padding(UNWIND_X86_64, x86, 5), 5);
	assert_int_equal(call_site_to_padding(UNWIND_ARM64, arm, sizeof(arm)), 8);
	assert_int_equal(call_site_to_padding(UNWIND_ARM64, arm, 8), 8);
}

static void test_arm_marks(void **state)
{
	static const uint8_t by_number[] = {0x1d, 0x00, 0x80, 0xd2};
	static const uint8_t by_register[] = {0xfd, 0x03, 0x1f, 0xaa};
	static const uint8_t svc[] = {0x01, 0x00, 0x00, 0xd4};
	static const uint8_t restore[] = {0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4};
	static const uint8_t ret[] = {0xc0, 0x03, 0x5f, 0xd6};

	(void)state;
	assert_true(call_site_clears_frame_pointer(UNWIND_ARM64, by_number, 4));
	assert_true(call_site_clears_frame_pointer(UNWIND_ARM64, by_register, 4));
	assert_false(call_site_clears_frame_pointer(UNWIND_ARM64, svc, 4));
	assert_true(call_site_never_returns(UNWIND_ARM64, svc, 4));
	assert_false(call_site_never_returns(UNWIND_ARM64, ret, 4));
	assert_true(call_site_ends_function(UNWIND_ARM64, ret, 4));
	assert_false(call_site_ends_function(UNWIND_ARM64, svc, 4));
	assert_int_equal(call_site_is_sigreturn(UNWIND_ARM64, restore, 8), 8);
	assert_int_equal(call_site_is_sigreturn(UNWIND_ARM64, restore, 7), 0);
	assert_true(call_site_is_syscall(UNWIND_ARM64, restore, 8));
	assert_false(call_site_is_syscall(UNWIND_ARM64, restore, 4));
}

/* A system call counts only at the end. */
static void test_syscalls(void **state)
{
	static const uint8_t code[] = {0x0f, 0x05, 0x90, 0x0f, 0x05};

	(void)state;
	assert_true(call_site_is_syscall(UNWIND_X86_64, code, 5));
	assert_false(call_site_is_syscall(UNWIND_X86_64, code, 4));
	assert_false(call_site_is_syscall(UNWIND_X86_64, code, 3));
	assert_true(call_site_is_syscall(UNWIND_X86_64, code, 2));
	assert_false(call_site_is_syscall(UNWIND_X86_64, code, 1));
}

static void test_marks(void **state)
{
	/* musl's __clone. */
	static const struct assembled clone = {
		8, {0x31, 0xed, 0x58, 0x5f, 0xff, 0xd0, 0x89, 0xc7}};
	static const struct assembled after = {6, {0x89, 0xc7, 0xb0, 0x3c, 0x0f, 0x05}};
	static const struct assembled goes_on = {2, {0x5d, 0xc3}};
	static const struct assembled restore = {
		9, {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05}};
	static const struct assembled restore_32 = {7, {0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05}};
	static const struct assembled exit = {7, {0xb8, 0x3c, 0, 0, 0, 0x0f, 0x05}};

	(void)state;
	assert_true(call_site_clears_frame_pointer(UNWIND_X86_64, clone.bytes, clone.n));
	assert_false(call_site_clears_frame_pointer(UNWIND_X86_64, after.bytes, after.n));
	assert_true(call_site_never_returns(UNWIND_X86_64, after.bytes, after.n));
	assert_false(call_site_never_returns(UNWIND_X86_64, goes_on.bytes, goes_on.n));
	assert_int_equal(call_site_is_sigreturn(UNWIND_X86_64, restore.bytes, restore.n),
			 9);
	assert_int_equal(
		call_site_is_sigreturn(UNWIND_X86_64, restore_32.bytes, restore_32.n), 7);
	assert_int_equal(call_site_is_sigreturn(UNWIND_X86_64, restore.bytes, 8), 0);
	assert_int_equal(call_site_is_sigreturn(UNWIND_X86_64, exit.bytes, exit.n), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_indirect_calls),
		cmocka_unit_test(test_direct_calls),
		cmocka_unit_test(test_arm),
		cmocka_unit_test(test_jumps),
		cmocka_unit_test(test_arm_jumps),
		cmocka_unit_test(test_ends_of_numbers),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_arm_marks),
		cmocka_unit_test(test_syscalls),
		cmocka_unit_test(test_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
