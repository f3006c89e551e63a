/* Which nodes of a tree are the outermost ones of their function: those whose totals add up to its
 * total. */
#pragma once

#include "model/profile.h"

#include <stdbool.h>
#include <stddef.h>

#define OUTERMOST_NONE UINT32_MAX

/* For each node whether none above it is of the same function; the caller frees it with mem_free().
 * 'of' leads from a frame to its function, one of 'n', or to OUTERMOST_NONE: the nodes of that are
 * none's outermost. NULL: each frame is a function. The root's is false. */
bool *outermost_nodes(const struct profile *p, const uint32_t *of, size_t n);
