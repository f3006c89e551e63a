#include "model/profile.h"

#include "base/narrow.h"
#include "base/sum.h"

#include <assert.h>

/* Children of a node in its list; most nodes have no more. */
enum { LISTED_CHILDREN = 8 };

void profile_init(struct profile *p)
{
	*p = (struct profile){0};
	strtab_init(&p->strings);
	frame_table_init(&p->frames, &p->strings);
	vec_add(&p->nodes);
	p->nodes.items[PROFILE_ROOT].frame = UINT32_MAX;
}

void profile_release(struct profile *p)
{
	vec_release(&p->nodes);
	hashmap_release(&p->by_edge);
	frame_table_release(&p->frames);
	strtab_release(&p->strings);
}

static node_id profile_child_by_hash(const struct profile *p, node_id parent,
				     frame_id frame, uint64_t hash)
{
	const struct profile_node *nodes = p->nodes.items;
	node_id id = hashmap_find(&p->by_edge, hash, i,
				  nodes[i].parent == parent && nodes[i].frame == frame);

	return id == HASHMAP_NONE ? 0 : id;
}

node_id profile_child(struct profile *p, node_id parent, frame_id frame)
{
	node_id id, last = 0;
	struct profile_node *node;
	uint64_t hash = 0;
	size_t steps = 0;

	assert(parent < p->nodes.n && frame < p->frames.items.n);
	id = p->nodes.items[parent].first_child;
	for (; id && steps < LISTED_CHILDREN; steps++) {
		node = &p->nodes.items[id];
		if (node->frame == frame)
			return id;
		last = id;
		id = node->next_sibling;
	}
	if (steps == LISTED_CHILDREN) {
		hash = hash_u64(parent, frame);
		id = profile_child_by_hash(p, parent, frame, hash);
		if (id)
			return id;
	}
	id = narrow_u32(p->nodes.n);
	node = vec_add(&p->nodes);
	node->parent = parent;
	node->frame = frame;
	if (steps == LISTED_CHILDREN)
		hashmap_put(&p->by_edge, hash, id);
	else if (last)
		p->nodes.items[last].next_sibling = id;
	else
		p->nodes.items[parent].first_child = id;
	return id;
}

void profile_add(struct profile *p, node_id node, uint64_t count, uint64_t weight)
{
	struct profile_node *n = &p->nodes.items[node];

	assert(node < p->nodes.n);
	/* No sum of some nodes can overflow if these do not. */
	sum_add(&p->count, count, &p->has_overflow);
	sum_add(&p->weight, weight, &p->has_overflow);
	n->count += count;
	n->weight += weight;
}

void profile_move(struct profile *p, node_id from, node_id to)
{
	struct profile_node *source = &p->nodes.items[from];

	assert(from < p->nodes.n && to < p->nodes.n && from != to);
	p->nodes.items[to].count += source->count;
	p->nodes.items[to].weight += source->weight;
	source->count = source->weight = 0;
}

struct profile_total *profile_totals(const struct profile *p)
{
	struct profile_total *totals = mem_new(p->nodes.n, sizeof(*totals));

	for (size_t i = p->nodes.n; i--;) {
		const struct profile_node *node = &p->nodes.items[i];

		totals[i].count += node->count;
		totals[i].weight += node->weight;
		if (i) {
			totals[node->parent].count += totals[i].count;
			totals[node->parent].weight += totals[i].weight;
		}
	}
	return totals;
}
