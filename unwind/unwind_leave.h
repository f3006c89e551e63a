/* Leaves one frame: turns the registers of a walk into those of the caller. */
#pragma once

#include "unwind/unwind_walk.h"

/* Leaves the frame at w->addr, which 'm' maps (NULL: nothing does), by the best way there is: the
 * rule of its file's CFI, Go's table, the frame pointer where there are no rules. On STEP_FAILED the
 * registers are of no use. */
enum walk_step leave(struct walk *w, const struct mapping *m);

/* Leaves the innermost frame of a sample, whose rules turned out to be wrong (assembly that pushes
 * registers and does not say so), by the call that leads to its function. */
enum walk_step leave_against_rules(struct walk *w);

/* The same for a frame of which only the address is known: STEP_ROOT, STEP_ELSEWHERE, or
 * STEP_FAILED. */
enum walk_step leave_by_address(struct walk *w, const struct mapping *m);
