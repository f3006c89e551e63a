#include "model/inline_table.h"

#include "base/mem.h"

struct inline_table *inline_table_new(void)
{
	return mem_new(1, sizeof(struct inline_table));
}

void inline_table_free(struct inline_table **t)
{
	if (!*t)
		return;
	hashmap_release(&(*t)->by_at);
	vec_release(&(*t)->spots);
	vec_release(&(*t)->places);
	mem_free(*t);
	*t = NULL;
}

void inline_table_add(struct inline_table *t, uint64_t at,
		      const struct inline_frame *places, size_t n)
{
	struct inline_entry spot = {at, (uint32_t)t->places.n, (uint32_t)n};

	for (size_t i = 0; i < n; i++)
		vec_push(&t->places, places[i]);
	hashmap_put(&t->by_at, hash_u64(at, 0), (uint32_t)t->spots.n);
	vec_push(&t->spots, spot);
}

const struct inline_entry *inline_table_find(const struct inline_table *t, uint64_t at)
{
	uint32_t i =
		hashmap_find(&t->by_at, hash_u64(at, 0), v, t->spots.items[v].at == at);

	return i == HASHMAP_NONE ? NULL : &t->spots.items[i];
}

const struct inline_frame *inline_table_at(const struct inline_table *t,
					   const struct inline_entry *spot)
{
	return spot->n ? &t->places.items[spot->first] : NULL;
}
