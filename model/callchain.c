#include "model/callchain.h"

#include "base/narrow.h"
#include "base/sum.h"

#include <assert.h>
#include <string.h>

void callchain_table_release(struct callchain_table *t)
{
	arena_release(&t->addrs);
	hashmap_release(&t->by_hash);
	vec_release(&t->items);
}

static bool callchain_is_same(const struct callchain *a, const struct callchain *b)
{
	return a->n == b->n && a->root == b->root && a->space == b->space &&
	       a->epoch == b->epoch &&
	       (!a->n || memcmp(a->addrs, b->addrs, a->n * sizeof(*a->addrs)) == 0);
}

static uint64_t callchain_hash(const struct callchain *c)
{
	uint64_t seed = hash_u64((uint64_t)c->root << 32 | c->space, c->epoch);

	return hash_bytes(c->addrs, c->n * sizeof(*c->addrs), seed);
}

static uint32_t callchain_count_one(struct callchain_table *t,
				    const struct callchain *like, uint64_t hash)
{
	size_t size = like->n * sizeof(*like->addrs);
	struct callchain *chain;
	uint64_t *copy;
	uint32_t index = hashmap_find(&t->by_hash, hash, i,
				      callchain_is_same(&t->items.items[i], like));

	sum_add(&t->weight, like->weight, &t->has_overflow);
	if (index != HASHMAP_NONE) {
		chain = &t->items.items[index];
		chain->count += like->count;
		chain->weight += like->weight;
		return index;
	}
	index = narrow_u32(t->items.n);
	hashmap_put(&t->by_hash, hash, index);
	copy = arena_take(&t->addrs, size);
	if (size)
		memcpy(copy, like->addrs, size);
	vec_push(&t->items, *like);
	vec_last(&t->items)->addrs = copy;
	return index;
}

/* A look-up reads a slot, an item and addresses, each of which is a cache miss. */
static void callchains_prefetch(const struct callchain_table *t, const uint64_t *hashes,
				size_t n)
{
	uint32_t first[CALLCHAIN_BATCH];

	if (!t->by_hash.slots)
		return;
	for (size_t i = 0; i < n; i++)
		__builtin_prefetch(hashmap_first_slot(&t->by_hash, hashes[i]));
	for (size_t i = 0; i < n; i++) {
		first[i] = hashmap_find(&t->by_hash, hashes[i], v, true);
		if (first[i] != HASHMAP_NONE)
			__builtin_prefetch(&t->items.items[first[i]]);
	}
	for (size_t i = 0; i < n; i++)
		if (first[i] != HASHMAP_NONE)
			__builtin_prefetch(t->items.items[first[i]].addrs);
}

void callchain_count(struct callchain_table *t, const struct callchain *chains, size_t n,
		     uint32_t *indexes)
{
	uint64_t hashes[CALLCHAIN_BATCH];

	assert(n <= CALLCHAIN_BATCH);
	for (size_t i = 0; i < n; i++)
		hashes[i] = callchain_hash(&chains[i]);
	if (n > 1)
		callchains_prefetch(t, hashes, n);
	for (size_t i = 0; i < n; i++)
		indexes[i] = callchain_count_one(t, &chains[i], hashes[i]);
}
