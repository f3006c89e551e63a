#include "unwind/unwind_go.h"

#include "base/scoped.h"
#include "unwind/unwind_evidence.h"
#include "unwind/unwind_step.h"

#include <string.h>

enum { SAVED_MOST = 2 }; /* frame pointers in one frame */

/* What Go's own unwinder knows of single functions, by name. */
enum go_kind {
	GO_PLAIN,
	/* Runs its callee on the scheduler's stack for good: its goroutine waits or is gone. */
	GO_SCHEDULER,
	/* Takes another goroutine, and so does not return to its caller. */
	GO_SCHEDULES,
	/* Changes to the scheduler's stack and clears the frame pointer: to grow the goroutine's
	 * stack, which is then out of reach, or to preempt the goroutine. */
	GO_GROWS_STACK,
	/* Writes the stack pointer, but has a frame in both stacks. */
	GO_BOTH_STACKS,
	/* Marked as outermost, yet it is called as a signal handler. */
	GO_HANDLES_SIGNAL,
	/* The trampoline behind a signal handler. */
	GO_SIGRETURN,
	/* Was not called: the runtime put it where an instruction was interrupted. */
	GO_INJECTED,
};

static const struct {
	const char *name;
	enum go_kind kind;
} special[] = {
	{"runtime.mcall", GO_SCHEDULER},
	{"runtime.schedule", GO_SCHEDULES},
	{"runtime.goschedImpl", GO_SCHEDULES},
	{"runtime.gopreempt_m", GO_SCHEDULES},
	{"runtime.preemptPark", GO_SCHEDULES},
	{"runtime.morestack", GO_GROWS_STACK},
	{"runtime.cgocallback", GO_BOTH_STACKS},
	{"runtime.cgocallback_gofunc", GO_BOTH_STACKS},
	{"runtime.sigtramp", GO_HANDLES_SIGNAL},
	{"runtime.cgoSigtramp", GO_HANDLES_SIGNAL},
	{"runtime.sigreturn", GO_SIGRETURN},
	{"runtime.sigreturn__sigaction", GO_SIGRETURN},
	{"runtime.sigpanic", GO_INJECTED},
	{"runtime.sigpanic0", GO_INJECTED},
	{"runtime.asyncPreempt", GO_INJECTED},
	{"runtime.debugCallV1", GO_INJECTED},
	{"runtime.debugCallV2", GO_INJECTED},
};

static enum go_kind kind_of(const struct go_function *go)
{
	if (strncmp(go->name, "runtime.", 8) != 0)
		return GO_PLAIN;
	for (size_t i = 0; i < array_size(special); i++)
		if (strcmp(go->name, special[i].name) == 0)
			return special[i].kind;
	return GO_PLAIN;
}

/* Fills in what Go's table has for the place. */
static void read_go(struct code_facts *f)
{
	uint64_t file_off = (uint32_t)f->place;
	int64_t delta;

	if (f->is_go_read)
		return;
	f->is_go_read = true;
	f->go_kind = (uint8_t)kind_of(f->go);
	f->go_delta = -1;
	if (go_functions_sp_delta(unwind_table_go(f->table), f->go, file_off, &delta) &&
	    delta >= 0 && delta < (int64_t)UNWIND_STACK_MAX)
		f->go_delta = (int32_t)delta;
}

bool go_has_frame_pointer(struct code_facts *f)
{
	read_go(f);
	return f->go_delta > 0;
}

bool go_is_on_both_stacks(struct code_facts *f)
{
	if (f->go)
		read_go(f);
	return f->go && f->go_kind == GO_BOTH_STACKS;
}

/* Follows the frame pointer out of this frame, in which it points between 'low' and 'high' once it has
 * been set: on x86-64 to the word below the return address, on arm64 to the one below the whole
 * frame. Assembly that C calls may have saved it twice (crosscall2). */
static bool recover_frame_pointer(struct walk *w, uint64_t low, uint64_t high)
{
	uint64_t fp = w->regs.values[w->arch->fp];

	if (!unwind_regs_has(&w->regs, w->arch->fp))
		return true;
	for (int i = 0; i < SAVED_MOST && fp >= low && fp <= high; i++)
		if (!unwind_stack_word(&w->stack, fp, &fp))
			return false;
	unwind_regs_set(&w->regs, w->arch->fp, fp);
	return true;
}

/* Goes on with the caller, whose frame ends at 'cfa' and has the return address 'ip'. */
static enum walk_step enter_caller(struct walk *w, uint64_t cfa, uint64_t ip,
				   enum go_kind kind)
{
	unwind_regs_set(&w->regs, w->arch->sp, cfa);
	if (!ip)
		return STEP_FAILED;
	return walk_enter(w, ip, kind == GO_INJECTED);
}

/* x86-64: the call has pushed the return address; 'delta' bytes are below it. */
static enum walk_step leave_x86(struct walk *w, uint64_t delta, enum go_kind kind)
{
	uint64_t cfa = w->regs.values[w->arch->sp] + delta + 8, ip;

	if (!unwind_stack_word(&w->stack, cfa - 8, &ip) ||
	    (delta && !recover_frame_pointer(w, cfa - 8 - delta, cfa - 16)))
		return STEP_FAILED;
	return enter_caller(w, cfa, ip, kind);
}

/* arm64: a function with a frame has the return address at its lowest word. */
static enum walk_step leave_arm(struct walk *w, uint64_t delta, enum go_kind kind)
{
	uint64_t sp = w->regs.values[w->arch->sp], ip = w->regs.values[UNWIND_ARM_LR];

	if (!delta && (!w->is_exact || !unwind_regs_has(&w->regs, UNWIND_ARM_LR)))
		return STEP_FAILED;
	if (delta && (!unwind_stack_word(&w->stack, sp, &ip) ||
		      !recover_frame_pointer(w, sp - 8, sp - 8)))
		return STEP_FAILED;
	return enter_caller(w, sp + delta, ip, kind);
}

/* The callee ran on the scheduler's stack; the frame pointer is still the goroutine's, and this
 * function's own. The goroutine's stack is rarely in the copy. */
static enum walk_step leave_to_goroutine(struct walk *w)
{
	w->is_other = true;
	w->left_at = w->regs.values[w->arch->sp];
	return step_by_frame_pointer(w);
}

/* Of functions that change stacks, whether the stack is still the caller's: the frame pointer stands
 * where this frame has it, or the return address is that of a call of this very function. */
static bool is_on_own_stack(struct walk *w, uint64_t delta)
{
	uint64_t sp = w->regs.values[w->arch->sp], ip;
	bool has_fp = unwind_regs_has(&w->regs, w->arch->fp);

	if (w->sample->arch == UNWIND_ARM64)
		return w->is_exact && !delta;
	if (has_fp && delta >= 8 && w->regs.values[w->arch->fp] == sp + delta - 8)
		return true;
	return w->is_exact && unwind_stack_word(&w->stack, sp + delta, &ip) &&
	       walk_mapping(w, ip - 1) && evidence_is_caller(w, ip, w->addr);
}

enum walk_step go_end(struct walk *w, struct code_facts *f)
{
	enum go_kind kind;

	read_go(f);
	kind = f->go_kind;
	w->is_scheduling |= kind == GO_SCHEDULES;
	if ((f->go->is_top && kind != GO_HANDLES_SIGNAL) ||
	    (kind == GO_SCHEDULER && !w->is_exact))
		return STEP_ROOT;
	if (kind != GO_GROWS_STACK || w->is_exact)
		return STEP_FAILED;
	return w->is_scheduling ? STEP_ROOT : STEP_ELSEWHERE;
}

enum walk_step leave_go(struct walk *w, struct code_facts *facts)
{
	enum walk_step end = go_end(w, facts);
	/* Looking at other code may take the place of the facts. */
	const struct code_facts f = *facts;
	enum go_kind kind = f.go_kind;
	bool has_delta = f.go_delta >= 0;
	uint64_t delta = has_delta ? (uint64_t)f.go_delta : 0;

	if (end != STEP_FAILED)
		return end;
	if (kind == GO_SIGRETURN)
		return step_over_signal(w);
	if (f.go->writes_sp && kind != GO_BOTH_STACKS &&
	    (!has_delta || !is_on_own_stack(w, delta))) {
		if (unwind_regs_has(&w->regs, w->arch->fp) &&
		    !w->regs.values[w->arch->fp])
			return kind == GO_SCHEDULER ? STEP_ROOT : STEP_ELSEWHERE;
		return leave_to_goroutine(w);
	}
	if (!has_delta)
		return leave_to_goroutine(w);
	return w->sample->arch == UNWIND_ARM64 ? leave_arm(w, delta, kind)
					       : leave_x86(w, delta, kind);
}
