/* The position of each box of a flame graph, in samples: exact, also for boxes that are
 * too narrow to be drawn. */
#pragma once

#include "base/vec.h"
#include "model/profile.h"

#include <stdint.h>

struct layout_node {
	/* the node in the profile */
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

/* Fills 'l', which need not be initialized. Siblings are ordered by name, then
 * object, then kind, then whether they are inlined. A node's own samples are to the
 * right of its callees. */
void layout_make(struct layout *l, const struct profile *p);

/* Like layout_make(), with other widths than samples: own[i] is the width of node i of
 * the profile without its callees. 'start' and 'count' are then in the unit of 'own'. */
void layout_make_by(struct layout *l, const struct profile *p, const uint64_t *own);
void layout_release(struct layout *l);
