/* Where each frame of a picture lies, in whole samples: nothing is rounded and nothing is
 * hidden here. */
#pragma once

#include "base/vec.h"
#include "model/profile.h"

#include <stdint.h>

struct layout_node {
	node_id node;	 /* of the profile */
	frame_id frame;	 /* UINT32_MAX: the root, which has none */
	uint32_t depth;	 /* the root's is 0 */
	uint32_t parent; /* in the layout; the root's is 0 */
	uint32_t end;	 /* one past the last node of this one's subtree */
	uint64_t start;	 /* samples to the left of it */
	uint64_t count;	 /* samples of it and all above it: its width */
};

/* Every node of a profile, callers before callees, siblings in the order of their names. */
struct layout {
	VEC(struct layout_node) nodes;
};

/* Lays 'p' out; 'l' is new. Siblings of the same name are ordered by object, then kind. */
void layout_make(struct layout *l, const struct profile *p);

/* The same with widths that are no samples: 'own' has, for each node, its own part. */
void layout_make_by(struct layout *l, const struct profile *p, const uint64_t *own);
void layout_release(struct layout *l);
