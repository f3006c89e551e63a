/* The position of each frame of a flame graph, in whole samples: without rounding, and
 * for frames of any width. */
#pragma once

#include "base/vec.h"
#include "model/profile.h"

#include <stdint.h>

struct layout_node {
	/* of the profile */
	node_id node;
	/* UINT32_MAX for the root, which has no frame */
	frame_id frame;
	/* the root's is 0 */
	uint32_t depth;
	/* index in the layout; the root's is 0 */
	uint32_t parent;
	/* index in the layout after the last node of the subtree */
	uint32_t end;
	/* samples to the left of the node */
	uint64_t start;
	/* the width: samples of the node and of all its callees */
	uint64_t count;
};

/* All nodes of a profile in the order of a depth-first walk, the root first. */
struct layout {
	VEC(struct layout_node) nodes;
};

/* Fills 'l', which is not initialised before. Siblings are ordered by name, then
 * object, then kind, then whether they are inlined. A node's own samples are to the
 * right of its callees. */
void layout_make(struct layout *l, const struct profile *p);

/* The same with other widths than samples: own[i] is the width of node i without its
 * callees. */
void layout_make_by(struct layout *l, const struct profile *p, const uint64_t *own);
void layout_release(struct layout *l);
