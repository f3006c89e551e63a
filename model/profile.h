/* A profile: a tree of frames, from the outermost caller to the innermost callee, with
 * the samples of each node. Counts are samples. Weights are sums of the samples' periods:
 * ns of CPU time, or events. Text input has only counts. */
#pragma once

#include "base/hashmap.h"
#include "base/strtab.h"
#include "base/vec.h"
#include "model/frame.h"

#include <stdbool.h>
#include <stdint.h>

typedef uint32_t node_id;

/* Node 0 is the root, the whole profile. It has no frame. */
#define PROFILE_ROOT 0

struct profile_node {
	/* always smaller than the node's own id; 0 for the root */
	node_id parent;
	frame_id frame;
	/* self: samples with this node as innermost frame */
	uint64_t count, weight;

	/* A list of the first few children; profile_child() finds the others by hash. 0:
	 * none. */
	node_id first_child, next_sibling;
};

struct profile {
	struct strtab strings;
	struct frame_table frames;
	struct hashmap by_edge;
	VEC(struct profile_node) nodes;
	/* sums over all nodes */
	uint64_t count, weight;
	/* One of these sums is 2^64 or more: no total of this profile is right. */
	bool has_overflow;
};

/* Makes a profile that has only a root. It must not be moved in memory afterwards. */
void profile_init(struct profile *p);
void profile_release(struct profile *p);

/* Returns the child of 'parent' for 'frame'; adds it if it is new. */
node_id profile_child(struct profile *p, node_id parent, frame_id frame);

/* Adds samples with 'node' as innermost frame. May set p->has_overflow. */
void profile_add(struct profile *p, node_id node, uint64_t count, uint64_t weight);

/* Moves the samples with 'from' as innermost frame to the node 'to'. */
void profile_move(struct profile *p, node_id from, node_id to);

/* Returns the total of each node: its own samples plus those of all nodes below it. The
 * array has nodes.n items; the caller frees it with mem_free(). */
struct profile_total *profile_totals(const struct profile *p);

struct profile_total {
	uint64_t count, weight;
};
