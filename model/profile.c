#include "model/profile.h"

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

node_id profile_child(struct profile *p, node_id parent, frame_id frame)
{
	uint64_t hash = hash_u64(parent, frame);
	struct hashmap_probe probe;
	struct profile_node *node;
	uint32_t id;

	for (id = hashmap_first(&probe, &p->by_edge, hash); id != HASHMAP_NONE;
	     id = hashmap_next(&probe)) {
		node = &p->nodes.items[id];
		if (node->parent == parent && node->frame == frame)
			return id;
	}
	id = (uint32_t)p->nodes.n;
	node = vec_add(&p->nodes);
	node->parent = parent;
	node->frame = frame;
	hashmap_put(&p->by_edge, hash, id);
	return id;
}

void profile_add(struct profile *p, node_id node, uint64_t count, uint64_t weight)
{
	p->nodes.items[node].count += count;
	p->nodes.items[node].weight += weight;
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
