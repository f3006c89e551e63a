/* Joins several profiles into one tree, the union, in which every node of each of them
 * has its node. */
#pragma once

#include "base/hashmap.h"
#include "base/vec.h"
#include "model/profile.h"

#include <stdbool.h>

struct align_options {
	bool exact; /* names are equal only if all their bytes are; else see alias.h */
	/* Functions with one name in two objects are two functions. If not set, the
	 * union has no objects. */
	bool objects;
};

/* Private. */
struct aligner {
	struct profile *into;
	struct align_options options;
	struct hashmap by_alias;
	VEC(struct aligned_frame) frames; /* by the frame_id of 'into' */
};

struct aligned_frame {
	str_id name, object; /* aliases, in into->strings */
	bool is_root;
	bool has_spellings; /* several names or objects became this frame */
};

/* 'into' must be empty and must outlive the aligner. */
void aligner_init(struct aligner *a, struct profile *into,
		  const struct align_options *options);
void aligner_release(struct aligner *a);

/* Adds all nodes of 'p' to the union, without their counts. Stores in nodes[i] the
 * union's node of node i; 'nodes' has room for p->nodes.n items. Frames with the same
 * alias become one frame, whatever their kind, except that FRAME_ROOT stays apart. The
 * union's frame is a copy of the first of them. */
void aligner_add(struct aligner *a, const struct profile *p, node_id *nodes);

/* Renames the frames of several spellings to their alias. To be called once, after the
 * last aligner_add(). */
void aligner_finish(struct aligner *a);
