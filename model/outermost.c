#include "model/outermost.h"

#include "base/mem.h"

/* The tree while it is walked through. */
struct walk {
	const struct profile *p;
	const uint32_t *of;
	node_id *child, *sibling; /* the first, and the next one; 0: none */
	uint32_t *open; /* for each function, the nodes of it on the way from the root */
};

static void link_nodes(struct walk *w)
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

	return w->of ? w->of[frame] : frame;
}

/* Whether the node, which is entered, is the outermost one of its function. */
static bool enter(struct walk *w, node_id node)
{
	uint32_t function = function_of(w, node);

	return function != OUTERMOST_NONE && w->open[function]++ == 0;
}

/* The next node in depth-first order; leaves those that it goes up from. */
static node_id next_node(struct walk *w, node_id node)
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

bool *outermost_nodes(const struct profile *p, const uint32_t *of, size_t n)
{
	bool *is_outermost = mem_new(p->nodes.n, sizeof(*is_outermost));
	struct walk w = {p, of, mem_new(p->nodes.n, sizeof(*w.child)),
			 mem_new(p->nodes.n, sizeof(*w.sibling)),
			 mem_new(of ? n : p->frames.items.n, sizeof(*w.open))};

	link_nodes(&w);
	for (node_id node = w.child[PROFILE_ROOT]; node; node = next_node(&w, node))
		is_outermost[node] = enter(&w, node);
	mem_free(w.child);
	mem_free(w.sibling);
	mem_free(w.open);
	return is_outermost;
}
