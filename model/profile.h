/* A profile: a tree of frames from the outermost caller to the innermost callee, with what
 * was seen in each node itself. Counts are samples; weights are what the samples stand for
 * (ns of CPU time, or events). Text input has only counts. */
#pragma once

#include "base/hashmap.h"
#include "base/strtab.h"
#include "base/vec.h"
#include "model/frame.h"

#include <stdint.h>

typedef uint32_t node_id;

/* Node 0: the root, the whole profile; it has no frame. */
#define PROFILE_ROOT 0

struct profile_node {
	node_id parent; /* always smaller than the node's own number; the root's is 0 */
	frame_id frame;
	uint64_t count, weight; /* self */

	/* The node's first children, a few; profile_child() finds the others by hash. */
	node_id first_child, next_sibling; /* 0: none */
};

struct profile {
	struct strtab strings;	   /* of all names */
	struct frame_table frames; /* of all nodes */
	struct hashmap by_edge;
	VEC(struct profile_node) nodes;
};

/* Not to be moved in memory afterwards. */
void profile_init(struct profile *p);
void profile_release(struct profile *p);

/* The node under 'parent' for 'frame', added when it is new. */
node_id profile_child(struct profile *p, node_id parent, frame_id frame);

/* Counts samples that ended in 'node' itself. */
void profile_add(struct profile *p, node_id node, uint64_t count, uint64_t weight);

/* Self plus all below, for every node, in an array of nodes.n items that the caller frees
 * with mem_free(). */
struct profile_total *profile_totals(const struct profile *p);

struct profile_total {
	uint64_t count, weight;
};
