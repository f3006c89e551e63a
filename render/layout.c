#include "render/layout.h"

#include "base/narrow.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static int compare_frames(const void *a, const void *b, void *table)
{
	const struct frame_table *frames = table;
	const struct frame *x = frame_at(frames, *(const frame_id *)a);
	const struct frame *y = frame_at(frames, *(const frame_id *)b);
	int by_name = strcmp(strtab_str(frames->strings, x->name),
			     strtab_str(frames->strings, y->name));

	if (by_name)
		return by_name;
	if (x->object != y->object)
		return strcmp(strtab_str(frames->strings, x->object),
			      strtab_str(frames->strings, y->object));
	return x->kind != y->kind ? x->kind - y->kind : x->is_inlined - y->is_inlined;
}

/* Each frame's index in the order of siblings. */
static uint32_t *frame_ranks(const struct profile *p)
{
	size_t n = p->frames.items.n;
	frame_id *order = mem_new(n + 1, sizeof(*order));
	uint32_t *ranks = mem_new(n + 1, sizeof(*ranks));

	for (size_t i = 0; i < n; i++)
		order[i] = narrow_u32(i);
	qsort_r(order, n, sizeof(*order), compare_frames, (void *)&p->frames);
	for (size_t i = 0; i < n; i++)
		ranks[order[i]] = narrow_u32(i);
	mem_free(order);
	return ranks;
}

/* All nodes but the root, by the ranks of their frames. A counting sort, because it
 * sorts the callees of all nodes at once. */
static node_id *nodes_by_rank(const struct profile *p)
{
	uint32_t *ranks = frame_ranks(p);
	uint32_t *next = mem_new(p->frames.items.n + 1, sizeof(*next));
	node_id *order = mem_new(p->nodes.n, sizeof(*order));

	for (size_t i = 1; i < p->nodes.n; i++)
		next[ranks[p->nodes.items[i].frame] + 1]++;
	for (size_t i = 1; i < p->frames.items.n; i++)
		next[i] += next[i - 1];
	for (size_t i = 1; i < p->nodes.n; i++)
		order[next[ranks[p->nodes.items[i].frame]]++] = narrow_u32(i);
	mem_free(next);
	mem_free(ranks);
	return order;
}

/* First child and next sibling of every node, 0 for none. */
struct links {
	node_id *child, *sibling;
};

static struct links links_of(const struct profile *p)
{
	struct links l = {mem_new(p->nodes.n, sizeof(*l.child)),
			  mem_new(p->nodes.n, sizeof(*l.sibling))};
	node_id *order = nodes_by_rank(p);

	for (size_t i = p->nodes.n - 1; i--;) {
		node_id parent = p->nodes.items[order[i]].parent;

		l.sibling[order[i]] = l.child[parent];
		l.child[parent] = order[i];
	}
	mem_free(order);
	return l;
}

static void layout_push(struct layout *l, const struct profile *p,
			const struct profile_total *totals, node_id node, uint32_t parent,
			uint64_t start)
{
	vec_push(&l->nodes, ((struct layout_node){
				    .node = node,
				    .frame = p->nodes.items[node].frame,
				    .depth = node ? l->nodes.items[parent].depth + 1 : 0,
				    .parent = parent,
				    .start = start,
				    .count = totals[node].count,
			    }));
}

/* Leaves 'node', whose index in the layout is '*index' and whose subtree is complete,
 * and those of its callers that are complete now. Returns the next node, or 0 after
 * the last one; '*index' is the layout's index of its parent then, and '*start' its
 * start. */
static node_id leave_complete(struct layout *l, const struct profile *p,
			      const struct links *links, node_id node, uint32_t *index,
			      uint64_t *start)
{
	while (node) {
		struct layout_node *complete = &l->nodes.items[*index];

		complete->end = narrow_u32(l->nodes.n);
		/* A node's own samples are to the right of its callees. */
		*start = complete->start + complete->count;
		*index = complete->parent;
		if (links->sibling[node])
			return links->sibling[node];
		node = p->nodes.items[node].parent;
	}
	return 0;
}

static void layout_fill(struct layout *l, const struct profile *p,
			const struct profile_total *totals)
{
	struct links links = links_of(p);
	node_id node = links.child[PROFILE_ROOT];
	uint32_t parent = 0;
	uint64_t start = 0;

	*l = (struct layout){0};
	vec_reserve(&l->nodes, p->nodes.n);
	layout_push(l, p, totals, PROFILE_ROOT, 0, 0);
	while (node) {
		uint32_t index = narrow_u32(l->nodes.n);

		layout_push(l, p, totals, node, parent, start);
		parent = index;
		node = links.child[node]
			       ? links.child[node]
			       : leave_complete(l, p, &links, node, &parent, &start);
	}
	assert(l->nodes.n == p->nodes.n);
	l->nodes.items[0].end = narrow_u32(l->nodes.n);
	mem_free(links.child);
	mem_free(links.sibling);
}

void layout_make(struct layout *l, const struct profile *p)
{
	struct profile_total *totals = profile_totals(p);

	layout_fill(l, p, totals);
	mem_free(totals);
}

void layout_make_by(struct layout *l, const struct profile *p, const uint64_t *own)
{
	struct profile_total *totals = mem_new(p->nodes.n, sizeof(*totals));

	for (size_t i = p->nodes.n; i--;) {
		totals[i].count += own[i];
		if (i)
			totals[p->nodes.items[i].parent].count += totals[i].count;
	}
	layout_fill(l, p, totals);
	mem_free(totals);
}

void layout_release(struct layout *l)
{
	vec_release(&l->nodes);
}
