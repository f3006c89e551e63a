#include "unwind/unwind_step.h"

enum walk_step step_to_interrupted(struct walk *w, uint64_t ip)
{
	walk_note_no_call(w);
	w->is_other |= w->regs.values[w->arch->sp] - w->stack.start > w->stack.size;
	return walk_enter(w, ip, true);
}

enum walk_step step_by_frame_pointer(struct walk *w)
{
	const struct unwind_arch_info *arch = w->arch;
	uint64_t fp = w->regs.values[arch->fp], saved, ip;

	if (!unwind_regs_has(&w->regs, arch->fp) || !fp || fp % sizeof(fp) != 0 ||
	    fp < w->regs.values[arch->sp] || !unwind_stack_word(&w->stack, fp, &saved) ||
	    !unwind_stack_word(&w->stack, fp + sizeof(fp), &ip) || !ip)
		return STEP_FAILED;
	w->regs.known = 0;
	unwind_regs_set(&w->regs, arch->fp, saved);
	unwind_regs_set(&w->regs, arch->sp, fp + 2 * sizeof(fp));
	w->left_by = WALK_BY_FRAME_POINTER;
	return walk_enter(w, ip, false);
}

/* The stack pointer of a signal trampoline points to the registers that the kernel saved.
 * x86-64: a ucontext (arch/x86/include/asm/sigframe.h; pretcode was popped). Its
 * sigcontext begins after 40 bytes with r8 to r15, di, si, bp, bx, dx, ax, cx, sp, ip.
 * arm64: struct rt_sigframe (arch/arm64/kernel/signal.c): 128 bytes of siginfo, then a
 * ucontext. Its sigcontext begins after 176 bytes; 31 registers, sp and pc follow its
 * first word. */
enum walk_step step_over_signal(struct walk *w)
{
	static const uint8_t x86[] = {8, 9, 10, 11, 12, 13, 14, 15, 5,
				      4, 6, 3,	1,  0,	2,  7,	16};
	bool is_arm = w->sample->arch == UNWIND_ARM64;
	uint64_t at = w->regs.values[w->arch->sp] + (is_arm ? 128 + 176 + 8 : 40);
	unsigned n = is_arm ? UNWIND_ARM_PC + 1 : sizeof(x86);
	uint64_t value;

	for (unsigned i = 0; i < n; i++) {
		if (!unwind_stack_word(&w->stack, at + i * sizeof(value), &value))
			return STEP_FAILED;
		unwind_regs_set(&w->regs, is_arm ? i : x86[i], value);
	}
	return step_to_interrupted(w, w->regs.values[w->arch->ip]);
}
