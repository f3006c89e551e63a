/* Sets of mappings, each ordered by address, at each address at most one mapping. A set
 * shares its nodes with the sets that it was made from: a copy is O(1), and a change
 * costs O(log n) time and memory, n being the number of mappings in the set. */
#pragma once

#include "base/vec.h"
#include "model/dso.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mapping {
	/* addresses, [start, end) */
	uint64_t start, end;
	/* offset of 'start' in the dso's file, bytes */
	uint64_t file_off;
	/* time at which it was mapped */
	uint64_t from;
	dso_id dso;
};

/* The nodes of all sets. Zero-initialize. */
struct mapping_pool {
	VEC(struct mapping_node) nodes; /* the first one is never used */
	uint32_t first_free;		/* 0: none */
	size_t used;			/* number of nodes that are in a set */
};

/* The part of a mapping that no later mapping hides. */
struct mapping_node {
	uint64_t start, end;
	struct mapping map;

	/* Private: */
	uint32_t left, right; /* a free node has the next free one in 'left' */
	uint32_t refs;	      /* 0: free */
	uint32_t count;	      /* nodes of this subtree */
};

/* A set, or 0 for the empty set. Who holds one counts as one of its references. */
typedef uint32_t mapping_tree;

void mapping_pool_release(struct mapping_pool *p);

/* Adds a reference and returns the set. */
mapping_tree mapping_tree_share(struct mapping_pool *p, mapping_tree tree);

/* Drops a reference and sets *tree to the empty set. */
void mapping_tree_drop(struct mapping_pool *p, mapping_tree *tree);

/* Adds a mapping, which must not be empty: it hides others. Returns the new set. Takes
 * the reference to 'tree'; other holders of that set still have the old one. */
mapping_tree mapping_tree_add(struct mapping_pool *p, mapping_tree tree,
			      const struct mapping *m);

/* Returns the node that holds 'addr', or the first one after it, or NULL. Valid until the
 * next change. All nodes: call it with 0, then with the end of the last node. */
const struct mapping_node *mapping_tree_at(const struct mapping_pool *p,
					   mapping_tree tree, uint64_t addr);

/* Like mapping_tree_at(), but returns NULL if no node holds 'addr', and narrows
 * [*from, *until), which must hold 'addr', to the addresses with the same result. */
const struct mapping *mapping_tree_find(const struct mapping_pool *p, mapping_tree tree,
					uint64_t addr, uint64_t *from, uint64_t *until);

/* Whether adding 'm' changes the meaning of an address that is mapped already: it then
 * belongs to another dso, or to another place in the dso. */
bool mapping_tree_would_change(const struct mapping_pool *p, mapping_tree tree,
			       const struct mapping *m);

/* Whether all addresses of 'm' are in one mapping of the set and mean the same there, so
 * that adding it is needless. */
bool mapping_tree_has(const struct mapping_pool *p, mapping_tree tree,
		      const struct mapping *m);

/* The number of nodes. */
size_t mapping_tree_count(const struct mapping_pool *p, mapping_tree tree);
