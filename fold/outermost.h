/* Which nodes of a tree are the outermost ones of their function: those whose totals add up to its
 * total. */
#pragma once

#include "model/profile.h"

#include <stdbool.h>

/* For each node whether none above it has the same frame; the caller frees it with mem_free().
 * The root's is false. */
bool *outermost_nodes(const struct profile *p);
