/* The tree inside of a picture's data: which function called which, and what each has itself.
 *
 * The number of nodes without the root, then, if there are weights, the usual weight of a
 * sample, then for each node in the layout's order, the root first:
 * - for all but the root, which frame it is, guessed from the caller with its last callee before
 *   this one, if there is one, and from the caller alone. If it was none of those, a bit says
 *   whether it is the first frame that was not yet in the tree; else its number follows, in as
 *   many bits as the number of those that were takes,
 * - for all but the root and the last node, a bit: whether it has no callees, which is that the
 *   next node is not below it,
 * - its self count, where 0 and 1 are swapped if it has no callees,
 * - if there are weights, by how much the self weight is above the self count times the usual
 *   weight: 0 1 2 3 4 standing for 0 -1 1 -2 2,
 * - if it has no callees and is not the last node, for each of its callers, up to the root, a
 *   bit: whether it has no more callees; a 0 ends it. */
#pragma once

#include "render/data/coder.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct svg_node {
	uint32_t frame; /* its number; of the root nothing */
	uint32_t depth; /* the root's is 0 */
	uint64_t count;
};

struct svg_nodes {
	struct svg_node *items; /* mem_free() ends them, */
	uint64_t *weights; /* and these: one for each; NULL: nothing is known of them */
	size_t n;	   /* with the root */
};

/* Writes the tree, or reads it into 'nodes', which was zeroed. Frames are numbered in the order of
 * their first use; there are 'n_frames'. Where 'c' has failed the nodes mean nothing. */
void svg_nodes_code(struct coder *c, struct svg_nodes *nodes, uint32_t n_frames,
		    bool weights);
