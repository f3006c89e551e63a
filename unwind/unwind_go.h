/* Leaves frames of Go: by the table that Go's runtime unwinds by, and with its knowledge of functions
 * that change stacks. Source: runtime/traceback.go (unwinder.resolveInternal), runtime/asm_*.s. */
#pragma once

#include "unwind/unwind_walk.h"

/* Leaves the frame at w->addr, in the Go function f->go. */
enum walk_step leave_go(struct walk *w, struct code_facts *f);

/* The same where only the address is known: STEP_ROOT, STEP_ELSEWHERE, or STEP_FAILED. */
enum walk_step go_end(struct walk *w, struct code_facts *f);

/* Whether a frame of the function has a frame pointer of its own at this place. */
bool go_has_frame_pointer(struct code_facts *f);

/* Whether the function has a frame both on a goroutine's stack and on the scheduler's, as code of C
 * that calls Go does (runtime.cgocallback). */
bool go_is_on_both_stacks(struct code_facts *f);
