/* The order in which changes are shown. */
#pragma once

#include "model/comparison.h"

/* Sorts the functions of a comparison with verdicts by importance, and removes
 * structure (FRAME_ROOT). Before, the functions are in the order of the union's
 * frames. 'is_outermost' is outermost_nodes() of the union.
 *
 * Functions with a verdict come first, sorted by the certain part of their change: the
 * end of its interval that is nearer to 0. So a large but uncertain change does not
 * hide the others. Functions without a verdict follow, sorted by the size of their
 * difference. Equal functions are sorted by name.
 *
 * A function is a mere caller if its change comes from calls of another function, the
 * callee with a change of equal size (to a tenth). It comes right after that
 * callee, and 'through' is the number of the callee. With 'by_self' callers are
 * ignored. */
void importance_sort(struct comparison *c, const bool *is_outermost, bool by_self);
