/* Steps from one frame to the next that need no table. Each turns the registers of a walk into those
 * of the caller; on STEP_FAILED they are of no use. */
#pragma once

#include "unwind/unwind_walk.h"

/* The frame pointer points to the caller's, with the return address after it. */
enum walk_step step_by_frame_pointer(struct walk *w);

/* The frame is a signal trampoline, and the stack pointer points to what the kernel saved. */
enum walk_step step_over_signal(struct walk *w);

/* Goes on with the instruction 'ip' that a signal interrupted, all of whose other registers are in
 * place. A handler may have had a stack of its own: then the copy is of that one. */
enum walk_step step_to_interrupted(struct walk *w, uint64_t ip);
