/* The call tree in a picture's data. docs/picture-format.md describes the bytes.
 *
 * Nodes are in the order of the layout: callers before callees, siblings next to each
 * other's subtrees, the root first. Frames are numbered by their first use in this
 * order. A node's frame is written as its rank among the callees of its caller's
 * frame, in the order in which these first appeared, because equal paths are equal
 * bytes then, which deflate finds. */
#pragma once

#include "base/bytes.h"
#include "base/out.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct svg_node {
	/* the frame's number; not used for the root */
	uint32_t frame;
	/* the root's is 0 */
	uint32_t depth;
	/* own samples */
	uint64_t count;
};

struct svg_nodes {
	/* n of each; 'weights' is NULL if they are unknown. mem_free() frees them. */
	struct svg_node *items;
	uint64_t *weights;
	/* number of nodes, the root included: 1 or more */
	size_t n;
};

/* Writes the tree, whose nodes use the frames 0 to n_frames - 1, each of them at least
 * once, first uses in ascending order. */
void svg_nodes_write(struct out *o, const struct svg_nodes *nodes, uint32_t n_frames);

/* Reads a tree of nodes with frames below 'n_frames' into 'nodes', with weights if
 * 'has_weights'. false if the data is damaged or there are more than ten million
 * nodes; then 'nodes' is empty. */
bool svg_nodes_read(struct bytes *in, struct svg_nodes *nodes, uint32_t n_frames,
		    bool has_weights);
