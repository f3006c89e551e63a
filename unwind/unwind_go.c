#include "unwind/unwind_go.h"

#include "base/scoped.h"
#include "unwind/unwind_evidence.h"
#include "unwind/unwind_step.h"

#include <string.h>

/* Assembly that C calls may have saved the frame pointer twice in one frame
 * (crosscall2). */
enum { SAVED_MAX = 2 };

/* Functions that Go's own unwinder treats in a special way. */
enum go_kind {
	GO_PLAIN,
	/* Its callee runs on the scheduler's stack and never returns: the goroutine waits
	 * or is gone. */
	GO_SCHEDULER,
	/* Switches to another goroutine, and does not return to its caller. */
	GO_SCHEDULES,
	/* Changes to the scheduler's stack and clears the frame pointer: to preempt the
	 * goroutine, or to grow the goroutine's stack, which is then out of reach. */
	GO_GROWS_STACK,
	/* Writes the stack pointer, but has a frame on both stacks. */
	GO_BOTH_STACKS,
	/* Has the flag of an outermost function, but is a signal handler with a
	 * caller. */
	GO_HANDLES_SIGNAL,
	/* The trampoline to which a signal handler returns. */
	GO_SIGRETURN,
	/* Not called: the runtime inserted it at an interrupted instruction. */
	GO_INJECTED,
};

static const struct {
	const char *name;
	enum go_kind kind;
} special_functions[] = {
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

static enum go_kind go_kind_of(const struct go_function *go)
{
	if (strncmp(go->name, "runtime.", 8) != 0)
		return GO_PLAIN;
	for (size_t i = 0; i < array_size(special_functions); i++)
		if (strcmp(go->name, special_functions[i].name) == 0)
			return special_functions[i].kind;
	return GO_PLAIN;
}

/* Fills in the facts from Go's table. */
static void go_facts_read(struct code_facts *f)
{
	uint64_t file_off = code_key_file_off(f->key);
	int64_t delta;

	if (f->is_go_read)
		return;
	f->is_go_read = true;
	f->go_kind = (uint8_t)go_kind_of(f->go);
	f->go_delta = -1;
	if (go_functions_sp_delta(unwind_table_go(f->table), f->go, file_off, &delta) &&
	    delta >= 0 && delta < (int64_t)UNWIND_STACK_MAX)
		f->go_delta = (int32_t)delta;
}

bool go_has_frame_pointer(struct code_facts *f)
{
	go_facts_read(f);
	return f->go_delta > 0;
}

bool go_is_on_both_stacks(struct code_facts *f)
{
	if (f->go)
		go_facts_read(f);
	return f->go && f->go_kind == GO_BOTH_STACKS;
}

/* Replaces the frame pointer by the caller's: as long as it points into [low, high],
 * where this frame saves frame pointers, the word there is the previous one. Go saves it
 * on x86-64 in the word below the return address, on arm64 in the word below the whole
 * frame. Returns false if the copy does not have the word. */
static bool frame_pointer_recover(struct walk *w, uint64_t low, uint64_t high)
{
	uint64_t fp = w->regs.values[w->arch->fp];

	if (!unwind_regs_has(&w->regs, w->arch->fp))
		return true;
	for (int i = 0; i < SAVED_MAX && fp >= low && fp <= high; i++)
		if (!unwind_stack_word(&w->stack, fp, &fp))
			return false;
	unwind_regs_set(&w->regs, w->arch->fp, fp);
	return true;
}

/* Continues with the caller at 'ip', with the stack pointer 'cfa'. */
static enum walk_step go_caller_enter(struct walk *w, uint64_t cfa, uint64_t ip,
				      enum go_kind kind)
{
	unwind_regs_set(&w->regs, w->arch->sp, cfa);
	if (!ip)
		return STEP_FAILED;
	return walk_enter(w, ip, kind == GO_INJECTED);
}

/* x86-64: the call pushed the return address; 'delta' bytes of the frame are below it. */
static enum walk_step leave_go_x86(struct walk *w, uint64_t delta, enum go_kind kind)
{
	uint64_t cfa = w->regs.values[w->arch->sp] + delta + 8, ip;

	if (!unwind_stack_word(&w->stack, cfa - 8, &ip) ||
	    (delta && !frame_pointer_recover(w, cfa - 8 - delta, cfa - 16)))
		return STEP_FAILED;
	return go_caller_enter(w, cfa, ip, kind);
}

/* arm64: the return address is the lowest word of a frame; without a frame it is in the
 * link register. */
static enum walk_step leave_go_arm(struct walk *w, uint64_t delta, enum go_kind kind)
{
	uint64_t sp = w->regs.values[w->arch->sp], ip = w->regs.values[UNWIND_ARM_LR];

	if (!delta && (!w->is_exact || !unwind_regs_has(&w->regs, UNWIND_ARM_LR)))
		return STEP_FAILED;
	if (delta && (!unwind_stack_word(&w->stack, sp, &ip) ||
		      !frame_pointer_recover(w, sp - 8, sp - 8)))
		return STEP_FAILED;
	return go_caller_enter(w, sp + delta, ip, kind);
}

/* The callee ran on the scheduler's stack, with the frame pointer of this function on the
 * goroutine's stack, which is rarely in the copy. */
static enum walk_step leave_to_goroutine(struct walk *w)
{
	w->is_other = true;
	w->scheduler_sp = w->regs.values[w->arch->sp];
	return step_by_frame_pointer(w);
}

/* Whether a function that changes stacks is still on its caller's: the frame pointer
 * points to the place where this frame saves it, or the return address is after a call of
 * this function. */
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

	go_facts_read(f);
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
	/* A copy, as reading other code may replace the facts. */
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
	return w->sample->arch == UNWIND_ARM64 ? leave_go_arm(w, delta, kind)
					       : leave_go_x86(w, delta, kind);
}
