#include "model/callchain.h"

#include <string.h>

void callchain_table_release(struct callchain_table *t)
{
	arena_release(&t->addrs);
	hashmap_release(&t->by_hash);
	vec_release(&t->items);
}

static bool same(const struct callchain *a, const struct callchain *b)
{
	return a->n == b->n && a->root == b->root && a->space == b->space &&
	       a->epoch == b->epoch &&
	       (!a->n || memcmp(a->addrs, b->addrs, a->n * sizeof(*a->addrs)) == 0);
}

void callchain_count(struct callchain_table *t, const struct callchain *like)
{
	size_t size = like->n * sizeof(*like->addrs);
	uint64_t seed = hash_u64((uint64_t)like->root << 32 | like->space, like->epoch);
	uint64_t hash = hash_bytes(like->addrs, size, seed);
	struct hashmap_probe probe;
	struct callchain *chain;
	uint64_t *copy;
	uint32_t at;

	for (at = hashmap_first(&probe, &t->by_hash, hash); at != HASHMAP_NONE;
	     at = hashmap_next(&probe)) {
		chain = &t->items.items[at];
		if (same(chain, like)) {
			chain->count += like->count;
			chain->weight += like->weight;
			return;
		}
	}
	hashmap_put(&t->by_hash, hash, (uint32_t)t->items.n);
	copy = arena_take(&t->addrs, size);
	if (size)
		memcpy(copy, like->addrs, size);
	vec_push(&t->items, *like);
	vec_last(&t->items)->addrs = copy;
}
