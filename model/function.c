#include "model/function.h"

#include "base/mem.h"

enum { NO_FUNCTION = UINT32_MAX };

/* The function of each frame, as an index into 't', or NO_FUNCTION. Frames that differ only in
 * kind or in being inlined are one function. */
static uint32_t *functions_of_frames(struct function_table *t, const struct profile *p)
{
	uint32_t *of = mem_resize(NULL, p->frames.items.n, sizeof(*of));
	struct hashmap by_name = {0};

	for (size_t i = 0; i < p->frames.items.n; i++) {
		const struct frame *f = &p->frames.items.items[i];
		uint64_t hash = hash_u64(f->name, f->object);
		struct hashmap_probe probe;
		uint32_t at;

		of[i] = NO_FUNCTION;
		if (f->kind == FRAME_ROOT)
			continue;
		for (at = hashmap_first(&probe, &by_name, hash); at != HASHMAP_NONE;
		     at = hashmap_next(&probe))
			if (t->items.items[at].name == f->name &&
			    t->items.items[at].object == f->object)
				break;
		if (at == HASHMAP_NONE) {
			at = (uint32_t)t->items.n;
			hashmap_put(&by_name, hash, at);
			vec_push(&t->items, ((struct function){.name = f->name,
							       .object = f->object,
							       .kind = f->kind}));
		}
		of[i] = at;
	}
	hashmap_release(&by_name);
	return of;
}

/* The tree's nodes as a walk needs them: its first child and its next sibling, 0 for none. */
struct walk {
	node_id *child, *sibling;
};

static struct walk walk_of(const struct profile *p)
{
	struct walk w = {mem_new(p->nodes.n, sizeof(*w.child)),
			 mem_new(p->nodes.n, sizeof(*w.sibling))};

	for (size_t i = p->nodes.n; --i;) {
		node_id parent = p->nodes.items[i].parent;

		w.sibling[i] = w.child[parent];
		w.child[parent] = (node_id)i;
	}
	return w;
}

/* Adds the total of each node that has none of the same function above it. 'open' counts, for
 * each function, the nodes of it on the way from the root. */
static void add_totals(struct function_table *t, const struct profile *p,
		       const uint32_t *of, const struct profile_total *totals)
{
	uint32_t *open = mem_new(t->items.n, sizeof(*open));
	struct walk w = walk_of(p);
	node_id node = w.child[PROFILE_ROOT];

	while (node) {
		uint32_t fn = of[p->nodes.items[node].frame];

		if (fn != NO_FUNCTION && open[fn]++ == 0) {
			t->items.items[fn].total_count += totals[node].count;
			t->items.items[fn].total_weight += totals[node].weight;
		}
		if (w.child[node]) {
			node = w.child[node];
			continue;
		}
		while (node) {
			fn = of[p->nodes.items[node].frame];
			if (fn != NO_FUNCTION)
				open[fn]--;
			if (w.sibling[node])
				break;
			node = p->nodes.items[node].parent;
		}
		node = w.sibling[node];
	}
	mem_free(w.child);
	mem_free(w.sibling);
	mem_free(open);
}

void function_table_make(struct function_table *t, const struct profile *p)
{
	struct profile_total *totals = profile_totals(p);
	uint32_t *of;

	*t = (struct function_table){0};
	of = functions_of_frames(t, p);
	for (size_t i = 1; i < p->nodes.n; i++) {
		const struct profile_node *node = &p->nodes.items[i];

		if (of[node->frame] == NO_FUNCTION)
			continue;
		t->items.items[of[node->frame]].self_count += node->count;
		t->items.items[of[node->frame]].self_weight += node->weight;
	}
	add_totals(t, p, of, totals);
	mem_free(of);
	mem_free(totals);
}

void function_table_release(struct function_table *t)
{
	vec_release(&t->items);
}
