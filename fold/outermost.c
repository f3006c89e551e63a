#include "fold/outermost.h"

#include "base/mem.h"

/* The next node in depth-first order; leaves those that it goes up from. 'open' counts, for each
 * frame, the nodes of it on the way from the root. */
static node_id next_node(const struct profile *p, const node_id *child,
			 const node_id *sibling, uint32_t *open, node_id node)
{
	if (child[node])
		return child[node];
	while (node) {
		open[p->nodes.items[node].frame]--;
		if (sibling[node])
			return sibling[node];
		node = p->nodes.items[node].parent;
	}
	return 0;
}

bool *outermost_nodes(const struct profile *p)
{
	bool *is_outermost = mem_new(p->nodes.n, sizeof(*is_outermost));
	node_id *child = mem_new(p->nodes.n, sizeof(*child));
	node_id *sibling = mem_new(p->nodes.n, sizeof(*sibling));
	uint32_t *open = mem_new(p->frames.items.n, sizeof(*open));
	node_id node;

	for (size_t i = p->nodes.n; --i;) {
		node_id parent = p->nodes.items[i].parent;

		sibling[i] = child[parent];
		child[parent] = (node_id)i;
	}
	for (node = child[PROFILE_ROOT]; node;
	     node = next_node(p, child, sibling, open, node))
		is_outermost[node] = open[p->nodes.items[node].frame]++ == 0;
	mem_free(child);
	mem_free(sibling);
	mem_free(open);
	return is_outermost;
}
