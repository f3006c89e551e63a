/* Leaves small things out of a profile. */
#pragma once

#include "model/profile.h"

/* What has less than 'percent' of all samples in total is cut off: its samples count for its
 * caller, so that every total stays what it was. A stack that is cut off whole, at its root,
 * keeps its root. Counts decide where there are any, else weights. */
void prune(struct profile *p, double percent);
