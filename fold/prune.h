/* Drops small frames from a profile. */
#pragma once

#include "model/profile.h"

/* Drops all frames with a total of less than 'percent' of all samples. Their samples go
 * to their caller, so every other total stays the same. The root frame of a stack
 * always stays. The profile's counts decide; if they are all 0, its weights do. */
void prune(struct profile *p, double percent);
