#include "model/outermost.h"

#include "base/mem.h"

/* A walk through the tree. */
struct walk {
	const struct profile *p;
	/* function of each frame, or NULL */
	const uint32_t *functions;
	/* for each node its first child and its next sibling; 0: none */
	node_id *child, *sibling;
	/* for each function the number of its nodes between the root and the current
	 * node */
	uint32_t *open;
};

static void walk_link(struct walk *w)
{
	for (size_t i = w->p->nodes.n; --i;) {
		node_id parent = w->p->nodes.items[i].parent;

		w->sibling[i] = w->child[parent];
		w->child[parent] = (node_id)i;
	}
}

static uint32_t function_of(const struct walk *w, node_id node)
{
	frame_id frame = w->p->nodes.items[node].frame;

	return w->functions ? w->functions[frame] : frame;
}

/* Enters a node. Returns whether it is the outermost one of its function. */
static bool walk_enter(struct walk *w, node_id node)
{
	uint32_t function = function_of(w, node);

	return function != OUTERMOST_NONE && w->open[function]++ == 0;
}

/* Returns the next node in depth-first order, 0 at the end. Leaves the nodes that have no
 * next child. */
static node_id walk_next(struct walk *w, node_id node)
{
	if (w->child[node])
		return w->child[node];
	while (node) {
		uint32_t function = function_of(w, node);

		if (function != OUTERMOST_NONE)
			w->open[function]--;
		if (w->sibling[node])
			return w->sibling[node];
		node = w->p->nodes.items[node].parent;
	}
	return 0;
}

bool *outermost_nodes(const struct profile *p, const uint32_t *functions, size_t n)
{
	bool *is_outermost = mem_new(p->nodes.n, sizeof(*is_outermost));
	struct walk w = {p, functions, mem_new(p->nodes.n, sizeof(*w.child)),
			 mem_new(p->nodes.n, sizeof(*w.sibling)),
			 mem_new(functions ? n : p->frames.items.n, sizeof(*w.open))};

	walk_link(&w);
	for (node_id node = w.child[PROFILE_ROOT]; node; node = walk_next(&w, node))
		is_outermost[node] = walk_enter(&w, node);
	mem_free(w.child);
	mem_free(w.sibling);
	mem_free(w.open);
	return is_outermost;
}
