#include "model/function.h"

#include "base/mem.h"
#include "base/narrow.h"
#include "model/outermost.h"

/* Returns the function of each frame, as an index into 't', or OUTERMOST_NONE. Frames
 * that differ only in kind or in being inlined are one function. */
static uint32_t *functions_of_frames(struct function_table *t, const struct profile *p)
{
	uint32_t *of = mem_resize(NULL, p->frames.items.n, sizeof(*of));
	struct hashmap by_name = {0};

	for (size_t i = 0; i < p->frames.items.n; i++) {
		const struct frame *f = &p->frames.items.items[i];
		uint64_t hash = hash_u64(f->name, f->object);
		uint32_t at;

		of[i] = OUTERMOST_NONE;
		if (f->kind == FRAME_ROOT)
			continue;
		at = hashmap_find(&by_name, hash, v,
				  t->items.items[v].name == f->name &&
					  t->items.items[v].object == f->object);
		if (at == HASHMAP_NONE) {
			at = narrow_u32(t->items.n);
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

void function_table_make(struct function_table *t, const struct profile *p)
{
	struct profile_total *totals = profile_totals(p);
	bool *is_outermost;
	uint32_t *of;

	*t = (struct function_table){0};
	of = functions_of_frames(t, p);
	is_outermost = outermost_nodes(p, of, t->items.n);
	for (size_t i = 1; i < p->nodes.n; i++) {
		const struct profile_node *node = &p->nodes.items[i];
		struct function *f;

		if (of[node->frame] == OUTERMOST_NONE)
			continue;
		f = &t->items.items[of[node->frame]];
		f->self_count += node->count;
		f->self_weight += node->weight;
		if (!is_outermost[i])
			continue;
		f->total_count += totals[i].count;
		f->total_weight += totals[i].weight;
	}
	mem_free(is_outermost);
	mem_free(of);
	mem_free(totals);
}

void function_table_release(struct function_table *t)
{
	vec_release(&t->items);
}
