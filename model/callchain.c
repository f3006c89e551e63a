#include "model/callchain.h"

#include "base/narrow.h"

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

static uint64_t hash_of(const struct callchain *c)
{
	uint64_t seed = hash_u64((uint64_t)c->root << 32 | c->space, c->epoch);

	return hash_bytes(c->addrs, c->n * sizeof(*c->addrs), seed);
}

static uint32_t count_one(struct callchain_table *t, const struct callchain *like,
			  uint64_t hash)
{
	size_t size = like->n * sizeof(*like->addrs);
	struct callchain *chain;
	uint64_t *copy;
	uint32_t at = hashmap_find(&t->by_hash, hash, i, same(&t->items.items[i], like));

	if (at != HASHMAP_NONE) {
		chain = &t->items.items[at];
		chain->count += like->count;
		chain->weight += like->weight;
		return at;
	}
	at = narrow_u32(t->items.n);
	hashmap_put(&t->by_hash, hash, at);
	copy = arena_take(&t->addrs, size);
	if (size)
		memcpy(copy, like->addrs, size);
	vec_push(&t->items, *like);
	vec_last(&t->items)->addrs = copy;
	return at;
}

/* Every step of the way to a known chain is a miss of the cache: slot, item, addresses. */
static void prefetch(const struct callchain_table *t, const uint64_t *hashes, size_t n)
{
	uint32_t at[CALLCHAIN_BATCH];

	if (!t->by_hash.slots)
		return;
	for (size_t i = 0; i < n; i++)
		__builtin_prefetch(hashmap_first_slot(&t->by_hash, hashes[i]));
	for (size_t i = 0; i < n; i++) {
		at[i] = hashmap_find(&t->by_hash, hashes[i], v, true);
		if (at[i] != HASHMAP_NONE)
			__builtin_prefetch(&t->items.items[at[i]]);
	}
	for (size_t i = 0; i < n; i++)
		if (at[i] != HASHMAP_NONE)
			__builtin_prefetch(t->items.items[at[i]].addrs);
}

void callchain_count(struct callchain_table *t, const struct callchain *likes, size_t n,
		     uint32_t *which)
{
	uint64_t hashes[CALLCHAIN_BATCH];

	for (size_t i = 0; i < n; i++)
		hashes[i] = hash_of(&likes[i]);
	if (n > 1)
		prefetch(t, hashes, n);
	for (size_t i = 0; i < n; i++)
		which[i] = count_one(t, &likes[i], hashes[i]);
}
