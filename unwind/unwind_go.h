/* Leaves frames of Go: by the table of Go's runtime, with knowledge of the functions that
 * change stacks. A goroutine has its own stack; the scheduler runs on the stack of the
 * thread (g0). Sources: runtime/traceback.go (unwinder.resolveInternal),
 * runtime/asm_*.s. */
#pragma once

#include "unwind/unwind_walk.h"

/* Leaves the frame at w->addr, in the Go function f->go. */
enum walk_step leave_go(struct walk *w, struct code_facts *f);

/* The part of leave_go() that needs only the address: STEP_ROOT if the function is the
 * outermost one, STEP_ELSEWHERE if its caller is on a stack out of reach, else
 * STEP_FAILED. */
enum walk_step go_end(struct walk *w, struct code_facts *f);

/* Whether a frame of the function f->go has saved a frame pointer at this address. */
bool go_has_frame_pointer(struct code_facts *f);

/* Whether the function has a frame on a goroutine's stack and one on the scheduler's, as
 * the function by which C calls Go does (runtime.cgocallback). */
bool go_is_on_both_stacks(struct code_facts *f);
