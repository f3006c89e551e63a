/* Steps from one frame to its caller that need no table. Each replaces the registers of a
 * walk by those of the caller; after STEP_FAILED the registers are undefined. */
#pragma once

#include "unwind/unwind_walk.h"

/* The frame pointer points to the caller's frame pointer, and the next word is the return
 * address. The frame pointer must be aligned, and not below the stack pointer. Of the
 * caller only frame pointer, stack pointer and ip are known afterwards. */
enum walk_step step_by_frame_pointer(struct walk *w);

/* The frame is a signal trampoline, and the stack pointer points to the registers that
 * the kernel saved. */
enum walk_step step_over_signal(struct walk *w);

/* Continues with the instruction 'ip' that a signal interrupted; all other registers must
 * be set. If the handler had a stack of its own, the copy is of that stack
 * (w->is_other). */
enum walk_step step_to_interrupted(struct walk *w, uint64_t ip);
