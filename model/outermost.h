/* Outermost nodes: the nodes of a function that have no other node of the same function
 * above them. Their totals add up to the function's total, with each sample counted
 * once. */
#pragma once

#include "model/profile.h"

#include <stdbool.h>
#include <stddef.h>

#define OUTERMOST_NONE UINT32_MAX

/* Returns for each node whether it is the outermost one of its function; the caller frees
 * the array with mem_free(). 'functions' holds the function of each frame, below 'n', or
 * OUTERMOST_NONE: such nodes are never outermost. NULL means that each frame is a
 * function. The root is never outermost. */
bool *outermost_nodes(const struct profile *p, const uint32_t *functions, size_t n);
