#include "model/inline_table.h"

#include "base/mem.h"
#include "base/narrow.h"

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
		      const struct inline_frame *frames, size_t n)
{
	struct inline_entry entry = {at, narrow_u32(t->places.n), narrow_u32(n)};

	for (size_t i = 0; i < n; i++)
		vec_push(&t->places, frames[i]);
	hashmap_put(&t->by_at, hash_u64(at, 0), narrow_u32(t->spots.n));
	vec_push(&t->spots, entry);
}

const struct inline_entry *inline_table_find(const struct inline_table *t, uint64_t at)
{
	uint32_t i =
		hashmap_find(&t->by_at, hash_u64(at, 0), v, t->spots.items[v].at == at);

	return i == HASHMAP_NONE ? NULL : &t->spots.items[i];
}

const struct inline_frame *inline_table_at(const struct inline_table *t,
					   const struct inline_entry *entry)
{
	return entry->n ? &t->places.items[entry->first] : NULL;
}
