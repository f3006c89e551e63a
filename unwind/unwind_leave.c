#include "unwind/unwind_leave.h"

#include "unwind/unwind_evidence.h"
#include "unwind/unwind_go.h"
#include "unwind/unwind_step.h"

#include <string.h>

enum {
	/* The part of the copy after a frame's end that is prefetched: by the time that
	 * the walk reaches it, it is in the CPU's cache. In bytes. */
	AHEAD_FROM = 128,
	AHEAD_TO = 512,
	CACHE_LINE = 64,
	GUESS_WORDS = 128, /* words of the stack that are searched for a caller */
};

static struct bytes expression_of(struct walk *w, const struct code_facts *f,
				  int32_t number)
{
	unwind_tables_use(w->u->tables, f->table);
	return unwind_table_expression(f->table, number);
}

static bool cfa_find(struct walk *w, const struct code_facts *f, uint64_t *cfa)
{
	const struct unwind_rule *rule = f->rule;

	if (rule->cfa_reg == UNWIND_NO_REG)
		return unwind_expression(expression_of(w, f, rule->cfa), &w->regs,
					 &w->stack, NULL, cfa);
	if (!unwind_regs_has(&w->regs, rule->cfa_reg))
		return false;
	*cfa = w->regs.values[rule->cfa_reg] + (uint64_t)(int64_t)rule->cfa;
	return true;
}

/* Sets *value to the caller's value of a register; returns false if it is unknown. */
static bool register_recover(struct walk *w, const struct code_facts *f,
			     const struct unwind_saved *saved, uint64_t cfa,
			     uint64_t *value)
{
	switch ((enum unwind_how)saved->how) {
	case UNWIND_AT_CFA:
		return unwind_stack_word(&w->stack, cfa + (uint64_t)(int64_t)saved->value,
					 value);
	case UNWIND_CFA:
		*value = cfa + (uint64_t)(int64_t)saved->value;
		return true;
	case UNWIND_REGISTER:
		if (!unwind_regs_has(&w->regs, (unsigned)saved->value))
			return false;
		*value = w->regs.values[saved->value];
		return true;
	case UNWIND_AT_RESULT:
		return unwind_expression(expression_of(w, f, saved->value), &w->regs,
					 &w->stack, &cfa, value) &&
		       unwind_stack_word(&w->stack, *value, value);
	case UNWIND_RESULT:
		return unwind_expression(expression_of(w, f, saved->value), &w->regs,
					 &w->stack, &cfa, value);
	case UNWIND_UNDEFINED:
		return false;
	}
	return false;
}

static void stack_prefetch(const uint8_t *top)
{
	for (uintptr_t i = AHEAD_FROM; i < AHEAD_TO; i += CACHE_LINE)
		__builtin_prefetch((const void *)((uintptr_t)top + i));
}

/* Does the work of registers_recover() for a plain rule with all of its words in the copy
 * and above the stack pointer, with one check of the bounds. Returns false in other
 * cases. */
static bool registers_recover_plain(struct walk *w, const struct code_facts *f,
				    uint64_t cfa)
{
	const struct unwind_saved *saved = unwind_rule_saved(f->rule);
	uint64_t at = cfa - f->depth - w->stack.start;
	const uint8_t *top;

	if (!f->depth || cfa - f->depth < w->regs.values[w->arch->sp] ||
	    at > w->stack.size || w->stack.size - at < f->depth)
		return false;
	top = w->stack.data + at + f->depth;
	stack_prefetch(top);
	w->regs.known &= ~((uint64_t)1 << w->arch->ip);
	unwind_regs_set(&w->regs, w->arch->sp, cfa);
	for (unsigned i = 0; i < f->rule->n; i++) {
		uint64_t value;

		memcpy(&value, top + saved[i].value, sizeof(value));
		unwind_regs_set(&w->regs, saved[i].reg, value);
	}
	return true;
}

/* Replaces the registers by the caller's. The ip becomes unknown; the return address is
 * in register rule->ra. Registers that the rule does not mention keep their value, even
 * those that a call may change: some assembly relies on callees that do not change them.
 * Returns false for the outermost frame. */
static bool registers_recover(struct walk *w, const struct code_facts *f, uint64_t cfa)
{
	const struct unwind_saved *saved = unwind_rule_saved(f->rule);
	uint64_t values[UNWIND_REGS], found = 0, popped = 0;
	uint64_t sp = w->regs.values[w->arch->sp];

	if (registers_recover_plain(w, f, cfa))
		return true;
	for (unsigned i = 0; i < f->rule->n; i++) {
		if (saved[i].how == UNWIND_UNDEFINED && saved[i].reg == f->rule->ra)
			return false;
		/* In an epilogue CFI still has registers on the stack that were popped
		 * already: their words are below the stack pointer, and the register has
		 * its value. */
		if (saved[i].how == UNWIND_AT_CFA && !f->rule->is_signal &&
		    cfa + (uint64_t)(int64_t)saved[i].value < sp)
			popped |= (uint64_t)1 << i;
		else if (register_recover(w, f, &saved[i], cfa, &values[i]))
			found |= (uint64_t)1 << i;
	}
	w->regs.known &= ~((uint64_t)1 << w->arch->ip);
	unwind_regs_set(&w->regs, w->arch->sp, cfa);
	for (unsigned i = 0; i < f->rule->n; i++) {
		if (found >> i & 1)
			unwind_regs_set(&w->regs, saved[i].reg, values[i]);
		else if (!(popped >> i & 1))
			w->regs.known &= ~((uint64_t)1 << saved[i].reg);
	}
	return true;
}

/* Whether a function is at the end of the work of an exception's unwinder (libgcc's
 * _Unwind_Resume), which leaves by GCC's __builtin_eh_return: it sets all registers to
 * those of the handler's frame, the stack pointer last, and jumps to the handler. Only
 * these functions save rax and rdx, which pass the exception to the handler, with all
 * preserved registers; at the end the saved rbp is restored already. */
static bool is_for_handler(const struct walk *w, const struct unwind_rule *rule)
{
	const struct unwind_saved *saved = unwind_rule_saved(rule);
	const uint64_t rax = 1 << 0, rdx = 1 << 1, rbx = 1 << 3;
	uint64_t all = 0;

	if (w->sample->arch != UNWIND_X86_64 || !w->is_exact || !rule->n || saved->reg)
		return false;
	for (unsigned i = 0; i < rule->n; i++)
		all |= (uint64_t)1 << saved[i].reg;
	return (all & (rax | rdx | rbx | 1 << UNWIND_X86_BP)) == (rax | rdx | rbx);
}

/* Leaves such a function to the first instruction of the handler, which no call precedes.
 * The registers are set already; rules describe the stack before. */
static enum walk_step leave_for_handler(struct walk *w, const struct code_facts *f,
					uint64_t cfa)
{
	const struct unwind_saved *saved = unwind_rule_saved(f->rule);
	unsigned ra = f->rule->ra;
	uint64_t ip = w->regs.values[ra];
	bool is_known = unwind_regs_has(&w->regs, ra);

	for (unsigned i = 0; i < f->rule->n; i++)
		if (saved[i].reg == ra)
			is_known = register_recover(w, f, &saved[i], cfa, &ip);
	if (!is_known || cfa < w->regs.values[w->arch->sp])
		return STEP_FAILED;
	unwind_regs_set(&w->regs, w->arch->sp, cfa);
	return walk_enter(w, ip, true);
}

/* Whether the function has no frame, so that its stack pointer is also the caller's: the
 * return address is in the link register, or in another one after vfork(2) took it from
 * the stack. */
static bool is_frameless(const struct walk *w, const struct unwind_rule *rule)
{
	const struct unwind_saved *saved = unwind_rule_saved(rule);

	if (!w->is_exact || w->arch->link)
		return w->is_exact;
	for (unsigned i = 0; i < rule->n; i++)
		if (saved[i].reg == rule->ra)
			return saved[i].how == UNWIND_REGISTER;
	return false;
}

static enum walk_step leave_by_rule(struct walk *w, const struct code_facts *f)
{
	const struct unwind_rule *rule = f->rule;
	uint64_t cfa, sp = w->regs.values[w->arch->sp];
	int64_t grown;

	if (!cfa_find(w, f, &cfa))
		return STEP_FAILED;
	if (is_for_handler(w, rule))
		return leave_for_handler(w, f, cfa);
	if (!registers_recover(w, f, cfa))
		return STEP_ROOT;
	/* The caller's stack pointer is higher, unless this function has no frame. */
	grown = (int64_t)(w->regs.values[w->arch->sp] - sp);
	if (!rule->is_signal && (grown < 0 || (!grown && !is_frameless(w, rule))))
		return STEP_FAILED;
	if (!unwind_regs_has(&w->regs, rule->ra))
		return STEP_FAILED;
	if (rule->is_signal)
		return step_to_interrupted(w, w->regs.values[rule->ra]);
	/* Stacks of threads and coroutines made by programs begin with a return address
	 * of 0. */
	if (!w->regs.values[rule->ra])
		return STEP_ROOT;
	return walk_enter(w, w->regs.values[rule->ra], false);
}

/* Leaves a function without rules at its first instruction, or assembly that uses no
 * stack (_init, _fini): the return address is still in the place where the call stored
 * it. Accepted only if code with rules called this function. */
static enum walk_step leave_as_called(struct walk *w)
{
	uint64_t sp = w->regs.values[w->arch->sp], ip;
	const struct code_facts *f = NULL;
	const struct mapping *m;

	if (w->arch->link)
		ip = w->regs.values[UNWIND_ARM_LR] & w->arch->address;
	else if (!unwind_stack_word(&w->stack, sp, &ip))
		return STEP_FAILED;
	m = walk_mapping(w, ip - 1);
	if (m)
		f = walk_facts(w, m, ip - 1);
	if (!f || (!f->rule && !f->go) || walk_call(w, ip).kind == CALL_NONE ||
	    !evidence_leads(w, ip, w->addr))
		return STEP_FAILED;
	unwind_regs_set(&w->regs, w->arch->sp, w->arch->link ? sp : sp + sizeof(ip));
	w->left_by = WALK_BY_GUESS;
	return walk_enter(w, ip, false);
}

/* Sets the frame pointer to the word below the return address at 'slot', if it can be
 * one: a function that saves the caller's frame pointer pushes it first. */
static void guess_frame_pointer(struct walk *w, uint64_t slot)
{
	uint64_t below = slot - sizeof(slot), value;

	if (below >= w->regs.values[w->arch->sp] &&
	    unwind_stack_word(&w->stack, below, &value) && value > slot &&
	    value % sizeof(value) == 0 && value - w->stack.start < w->stack.size)
		unwind_regs_set(&w->regs, w->arch->fp, value);
}

/* Leaves assembly without rules and without a frame pointer: the caller's return address
 * is the first word up the stack that is after a direct call of this function. It may be
 * a remnant of an earlier call. So from here on (is_guessed) even a frame found by a rule
 * is accepted only if its direct call leads to the inner function. */
static enum walk_step leave_by_guess(struct walk *w)
{
	uint64_t sp = w->regs.values[w->arch->sp], inner = w->addr;
	const struct mapping *m = walk_mapping(w, inner);

	/* Without its code nothing is known about the function. */
	if (!m || !walk_facts(w, m, inner))
		return STEP_FAILED;
	for (uint64_t i = 0; i < GUESS_WORDS; i++) {
		uint64_t slot = sp + i * sizeof(slot), ip;

		if (slot - w->stack.start >= w->stack.size ||
		    !unwind_stack_word(&w->stack, slot, &ip))
			return STEP_FAILED;
		ip &= w->arch->address;
		if (!walk_mapping(w, ip - 1) || !evidence_is_caller(w, ip, inner))
			continue;
		guess_frame_pointer(w, slot);
		unwind_regs_set(&w->regs, w->arch->sp, slot + sizeof(slot));
		w->left_by = WALK_BY_GUESS;
		w->is_guessed = true;
		return walk_enter(w, ip, false);
	}
	return STEP_FAILED;
}

/* Leaves a function that was just called and has no frame yet: the word at the stack
 * pointer is its return address, and the call before 'outer', the return address found by
 * the frame pointer, leads to its caller. */
static enum walk_step leave_just_called(struct walk *w, uint64_t outer)
{
	uint64_t sp = w->regs.values[w->arch->sp], ip;
	const struct mapping *m;

	if (w->arch->link || !unwind_stack_word(&w->stack, sp, &ip))
		return STEP_FAILED;
	m = walk_mapping(w, ip - 1);
	if (!m || walk_call(w, ip).kind == CALL_UNREAD ||
	    evidence_of(w, m, ip) != EVIDENCE_CALL || !evidence_leads(w, outer, ip - 1))
		return STEP_FAILED;
	unwind_regs_set(&w->regs, w->arch->sp, sp + sizeof(ip));
	w->left_by = WALK_BY_GUESS;
	return walk_enter(w, ip, false);
}

/* Leaves by the frame pointer. If the call found in this way does not lead to the
 * function, prefers a return address with a call that does. */
static enum walk_step leave_by_stack(struct walk *w)
{
	struct unwind_regs before = w->regs, found;
	bool is_exact = w->is_exact;
	uint64_t inner = w->addr, outer;
	enum walk_step step = step_by_frame_pointer(w);

	found = w->regs;
	outer = w->regs.values[w->arch->ip];
	if (step == STEP_DONE && evidence_leads(w, outer, inner))
		return step;
	w->regs = before;
	if (step == STEP_DONE && is_exact && leave_just_called(w, outer) == STEP_DONE)
		return STEP_DONE;
	if (leave_by_guess(w) == STEP_DONE)
		return STEP_DONE;
	w->regs = found;
	w->left_by = WALK_BY_FRAME_POINTER;
	return step;
}

/* Leaves the innermost frame of a sample, without a rule. In a system call the ip is
 * after the instruction, and rt_sigreturn(2) is the last instruction of its function: the
 * rule is one byte before. */
static enum walk_step leave_innermost(struct walk *w, const struct mapping *m)
{
	const struct code_facts *f =
		w->addr > m->start ? walk_facts(w, m, w->addr - 1) : NULL;
	enum walk_step step;

	if (f && f->rule && f->rule->is_signal)
		return leave_by_rule(w, f);
	if (evidence_is_trampoline(w, m))
		return step_over_signal(w);
	if (evidence_is_entry(w, m))
		return STEP_ROOT;
	step = leave_as_called(w);
	return step == STEP_FAILED ? leave_by_stack(w) : step;
}

static enum walk_step leave_without_rule(struct walk *w, const struct mapping *m)
{
	bool is_vdso = dso_at(w->u->dsos, m->dso)->kind == DSO_VDSO;

	if (w->is_exact)
		return leave_innermost(w, m);
	if ((is_vdso && w->sample->arch == UNWIND_ARM64) || evidence_is_trampoline(w, m))
		return step_over_signal(w);
	if (evidence_is_entry(w, m))
		return STEP_ROOT;
	return leave_by_stack(w);
}

enum walk_step leave_frame(struct walk *w, const struct mapping *m)
{
	struct code_facts *f = m ? walk_facts(w, m, w->addr) : NULL;

	w->stack.is_short = false;
	w->left_by = WALK_BY_RULE;
	if (w->waits)
		return STEP_FAILED;
	if (f && f->go)
		return leave_go(w, f);
	if (f && f->rule)
		return leave_by_rule(w, f);
	return m ? leave_without_rule(w, m) : step_by_frame_pointer(w);
}

enum walk_step leave_against_rules(struct walk *w)
{
	w->regs = w->sample->regs;
	w->is_exact = true;
	w->is_other = false;
	return leave_by_guess(w);
}

enum walk_step leave_by_address(struct walk *w, const struct mapping *m)
{
	struct code_facts *f = m ? walk_facts(w, m, w->addr) : NULL;
	const struct unwind_saved *saved;

	w->stack.is_short = false;
	if (!f)
		return STEP_FAILED;
	if (f->go)
		return go_end(w, f);
	if (!f->rule)
		return evidence_is_entry(w, m) ? STEP_ROOT : STEP_FAILED;
	saved = unwind_rule_saved(f->rule);
	for (unsigned i = 0; i < f->rule->n; i++)
		if (saved[i].how == UNWIND_UNDEFINED && saved[i].reg == f->rule->ra)
			return STEP_ROOT;
	return STEP_FAILED;
}
