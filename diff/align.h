/* Several profiles as one tree, in which each of their nodes has its place. */
#pragma once

#include "base/hashmap.h"
#include "base/vec.h"
#include "model/profile.h"

#include <stdbool.h>

struct align_options {
	bool exact; /* names are equal only where all their bytes are, see alias.h */
	bool objects; /* functions of one name in two objects are two; else objects are left out */
};

struct aligner {
	struct profile *into;
	struct align_options options;
	struct hashmap by_alias;
	VEC(struct aligned_frame) frames; /* by the frame_id of 'into' */
};

struct aligned_frame {
	str_id name, object; /* aliases, in into->strings */
	bool is_root;
	bool has_spellings; /* several names, or objects */
};

/* 'into' is empty, and outlives the aligner. */
void aligner_init(struct aligner *a, struct profile *into,
		  const struct align_options *options);
void aligner_release(struct aligner *a);

/* Adds all nodes of 'p', without their counts. 'nodes' has room for p->nodes.n numbers: the node
 * of each in the union. Frames of one alias become one, whatever their kind, but for those of
 * structure (FRAME_ROOT); it looks like the first of them. */
void aligner_add(struct aligner *a, const struct profile *p, node_id *nodes);

/* When all profiles are there: frames that were spelled in several ways get the alias as their
 * name. */
void aligner_finish(struct aligner *a);
