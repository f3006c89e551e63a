/* Which of all changes are to be read first. */
#pragma once

#include "model/comparison.h"

/* Puts the functions of a comparison, whose verdicts are there, into the order of their
 * importance: those with a verdict first, by how large their change is at least, which is the end
 * of its interval that is nearer to 0: large ones of which little is known don't hide the others.
 * Those without a verdict follow by the size of their difference; equal ones by name. Before that
 * they stand in the order of the union's frames; structure is taken out. 'is_outermost' is
 * outermost_nodes() of the union.
 *
 * Where a function's change comes from its calls of another one, whose change is of equal size (to
 * a tenth), it is a mere caller: it stands right behind the one that explains it, and 'through'
 * says which that is. By self nobody calls anybody. */
void importance_sort(struct comparison *c, const bool *is_outermost, bool by_self);
