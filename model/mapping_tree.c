#include "model/mapping_tree.h"

#include "base/hashmap.h"
#include "base/narrow.h"

#include <assert.h>

/* A treap: a search tree by address and a heap by a number that looks random, the hash of
 * a node's start. So its depth is logarithmic, whatever the order of the mappings. */

enum { SEED = 6 };

void mapping_pool_release(struct mapping_pool *p)
{
	vec_release(&p->nodes);
	*p = (struct mapping_pool){0};
}

static struct mapping_node *node_at(const struct mapping_pool *p, uint32_t at)
{
	return &p->nodes.items[at];
}

static uint32_t count_of(const struct mapping_pool *p, uint32_t at)
{
	return at ? node_at(p, at)->count : 0;
}

size_t mapping_tree_count(const struct mapping_pool *p, mapping_tree tree)
{
	return count_of(p, tree);
}

static void count_update(struct mapping_pool *p, uint32_t at)
{
	struct mapping_node *node = node_at(p, at);

	node->count = 1 + count_of(p, node->left) + count_of(p, node->right);
}

static uint32_t node_new(struct mapping_pool *p, const struct mapping_node *like)
{
	uint32_t at = p->first_free;

	if (at) {
		p->first_free = node_at(p, at)->left;
	} else {
		if (!p->nodes.n)
			vec_add(&p->nodes);
		at = narrow_u32(p->nodes.n);
		vec_add(&p->nodes);
	}
	*node_at(p, at) = *like;
	node_at(p, at)->refs = 1;
	p->used++;
	return at;
}

mapping_tree mapping_tree_share(struct mapping_pool *p, mapping_tree tree)
{
	if (tree)
		node_at(p, tree)->refs++;
	return tree;
}

static void node_drop(struct mapping_pool *p, uint32_t at)
{
	while (at) {
		struct mapping_node *node = node_at(p, at);
		uint32_t right = node->right;

		assert(node->refs);
		if (--node->refs)
			return;
		node_drop(p, node->left);
		node->left = p->first_free;
		p->first_free = at;
		p->used--;
		at = right;
	}
}

void mapping_tree_drop(struct mapping_pool *p, mapping_tree *tree)
{
	node_drop(p, *tree);
	*tree = 0;
}

/* Takes a reference to a node, and returns one to a node with the same content that
 * nobody else has. */
static uint32_t node_own(struct mapping_pool *p, uint32_t at)
{
	struct mapping_node copy = *node_at(p, at);

	if (copy.refs == 1)
		return at;
	node_at(p, at)->refs--;
	mapping_tree_share(p, copy.left);
	mapping_tree_share(p, copy.right);
	return node_new(p, &copy);
}

static bool is_above(const struct mapping_pool *p, uint32_t a, uint32_t b)
{
	return hash_u64(node_at(p, a)->start, SEED) >
	       hash_u64(node_at(p, b)->start, SEED);
}

/* Takes 'tree' and divides its nodes into those that start before 'addr' and the
 * others. */
static void tree_split(struct mapping_pool *p, uint32_t tree, uint64_t addr,
		       uint32_t *before, uint32_t *after)
{
	uint32_t part;

	if (!tree) {
		*before = *after = 0;
		return;
	}
	tree = node_own(p, tree);
	if (node_at(p, tree)->start < addr) {
		tree_split(p, node_at(p, tree)->right, addr, &part, after);
		node_at(p, tree)->right = part;
		*before = tree;
	} else {
		tree_split(p, node_at(p, tree)->left, addr, before, &part);
		node_at(p, tree)->left = part;
		*after = tree;
	}
	count_update(p, tree);
}

/* Takes two trees; all nodes of 'a' must be before those of 'b'. */
static uint32_t tree_join(struct mapping_pool *p, uint32_t a, uint32_t b)
{
	uint32_t joined;

	if (!a || !b)
		return a ? a : b;
	if (is_above(p, a, b)) {
		a = node_own(p, a);
		joined = tree_join(p, node_at(p, a)->right, b);
		node_at(p, a)->right = joined;
		count_update(p, a);
		return a;
	}
	b = node_own(p, b);
	joined = tree_join(p, a, node_at(p, b)->left);
	node_at(p, b)->left = joined;
	count_update(p, b);
	return b;
}

/* The last node of a tree, or NULL. */
static const struct mapping_node *last_of(const struct mapping_pool *p, uint32_t tree)
{
	if (!tree)
		return NULL;
	while (node_at(p, tree)->right)
		tree = node_at(p, tree)->right;
	return node_at(p, tree);
}

static uint32_t tree_set_last_end(struct mapping_pool *p, uint32_t tree, uint64_t end)
{
	uint32_t right;

	tree = node_own(p, tree);
	right = node_at(p, tree)->right;
	if (right) {
		right = tree_set_last_end(p, right, end);
		node_at(p, tree)->right = right;
	} else {
		node_at(p, tree)->end = end;
	}
	return tree;
}

/* Whether addresses that are in both mean the same. */
static bool same_meaning(const struct mapping *a, const struct mapping *b)
{
	return a->dso == b->dso && a->start - a->file_off == b->start - b->file_off;
}

/* Takes neighbours with the same meaning out of both trees and into 'node', so that a
 * program that maps page after page has one mapping. */
static void neighbours_absorb(struct mapping_pool *p, struct mapping_node *node,
			      uint32_t *before, uint32_t *after)
{
	const struct mapping_node *last = last_of(p, *before);
	const struct mapping_node *next = mapping_tree_at(p, *after, 0);
	uint32_t absorbed;

	if (last && last->end == node->start && same_meaning(&last->map, &node->map)) {
		node->start = last->start;
		node->map.start = last->map.start;
		node->map.file_off = last->map.file_off;
		tree_split(p, *before, node->start, before, &absorbed);
		node_drop(p, absorbed);
		next = mapping_tree_at(p, *after, 0);
	}
	if (next && next->start == node->end && same_meaning(&next->map, &node->map)) {
		node->end = next->end;
		node->map.end = next->map.end;
		tree_split(p, *after, node->end, &absorbed, after);
		node_drop(p, absorbed);
	}
}

/* Sets *tail to the part from 'end' on of the last node of a tree. Returns false if there
 * is none. */
static bool tail_from(const struct mapping_pool *p, uint32_t tree, uint64_t end,
		      struct mapping_node *tail)
{
	const struct mapping_node *last = last_of(p, tree);

	if (!last || last->end <= end)
		return false;
	*tail = (struct mapping_node){
		.start = end, .end = last->end, .map = last->map, .count = 1};
	return true;
}

/* Takes 'tree', and replaces the mapping of the node that starts where 'm' does. */
static uint32_t tree_replace(struct mapping_pool *p, uint32_t tree,
			     const struct mapping *m)
{
	uint32_t child;

	tree = node_own(p, tree);
	if (m->start < node_at(p, tree)->start) {
		child = tree_replace(p, node_at(p, tree)->left, m);
		node_at(p, tree)->left = child;
	} else if (m->start > node_at(p, tree)->start) {
		child = tree_replace(p, node_at(p, tree)->right, m);
		node_at(p, tree)->right = child;
	} else {
		node_at(p, tree)->map = *m;
	}
	return tree;
}

/* Adds a mapping that is not of the size of one that is there. */
static mapping_tree tree_add(struct mapping_pool *p, mapping_tree tree,
			     const struct mapping *m)
{
	struct mapping_node node = {
		.start = m->start, .end = m->end, .map = *m, .count = 1};
	uint32_t before, hidden, after;
	struct mapping_node tail;
	bool has_tail;

	tree_split(p, tree, m->start, &before, &hidden);
	tree_split(p, hidden, m->end, &hidden, &after);
	has_tail = tail_from(p, hidden, m->end, &tail) ||
		   tail_from(p, before, m->end, &tail);
	if (before && last_of(p, before)->end > m->start)
		before = tree_set_last_end(p, before, m->start);
	node_drop(p, hidden);
	if (has_tail)
		after = tree_join(p, node_new(p, &tail), after);
	neighbours_absorb(p, &node, &before, &after);
	return tree_join(p, tree_join(p, before, node_new(p, &node)), after);
}

mapping_tree mapping_tree_add(struct mapping_pool *p, mapping_tree tree,
			      const struct mapping *m)
{
	const struct mapping_node *node = mapping_tree_at(p, tree, m->start);

	assert(m->start < m->end);
	/* Most programs reuse addresses. */
	if (node && node->start == m->start && node->end == m->end)
		return tree_replace(p, tree, m);
	return tree_add(p, tree, m);
}

const struct mapping_node *mapping_tree_at(const struct mapping_pool *p,
					   mapping_tree tree, uint64_t addr)
{
	const struct mapping_node *best = NULL;

	while (tree) {
		const struct mapping_node *node = node_at(p, tree);

		if (node->end > addr) {
			best = node;
			tree = node->left;
		} else {
			tree = node->right;
		}
	}
	return best;
}

const struct mapping *mapping_tree_find(const struct mapping_pool *p, mapping_tree tree,
					uint64_t addr, uint64_t *from, uint64_t *until)
{
	while (tree) {
		const struct mapping_node *node = node_at(p, tree);

		if (addr < node->start) {
			*until = node->start < *until ? node->start : *until;
			tree = node->left;
		} else if (addr >= node->end) {
			*from = node->end > *from ? node->end : *from;
			tree = node->right;
		} else {
			*from = node->start > *from ? node->start : *from;
			*until = node->end < *until ? node->end : *until;
			return &node->map;
		}
	}
	return NULL;
}

bool mapping_tree_would_change(const struct mapping_pool *p, mapping_tree tree,
			       const struct mapping *m)
{
	const struct mapping_node *node = mapping_tree_at(p, tree, m->start);

	for (; node && node->start < m->end; node = mapping_tree_at(p, tree, node->end))
		if (!same_meaning(&node->map, m))
			return true;
	return false;
}

bool mapping_tree_has(const struct mapping_pool *p, mapping_tree tree,
		      const struct mapping *m)
{
	const struct mapping_node *node = mapping_tree_at(p, tree, m->start);

	return node && node->start <= m->start && m->end <= node->end &&
	       same_meaning(&node->map, m);
}
