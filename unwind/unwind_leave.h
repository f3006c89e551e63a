/* Leaves one frame: replaces the registers of a walk by those of the frame's caller. */
#pragma once

#include "unwind/unwind_walk.h"

/* Leaves the frame at w->addr, in the mapping 'm' (NULL: not mapped), in the best
 * possible way: by the rule of the file's CFI, by Go's table, and without either by the
 * frame pointer or a search of the stack. After STEP_FAILED the registers are
 * undefined. */
enum walk_step leave_frame(struct walk *w, const struct mapping *m);

/* Leaves the innermost frame of a sample again, after its rules led nowhere (assembly
 * that pushes registers without CFI for it): searches the stack for a call of the frame's
 * function. */
enum walk_step leave_against_rules(struct walk *w);

/* The part of leave_frame() that needs only the address of a frame: STEP_ROOT if it is an
 * outermost one, STEP_ELSEWHERE if its caller is on another stack, else STEP_FAILED. */
enum walk_step leave_by_address(struct walk *w, const struct mapping *m);
