#include "record/data/join/deferred_chains.h"

#include "base/narrow.h"
#include "model/callchain.h"

#include <string.h>

void deferred_chains_release(struct deferred_chains *d)
{
	arena_release(&d->words);
	vec_release(&d->chains);
	vec_release(&d->cookies);
	hashmap_release(&d->by_words);
	hashmap_release(&d->by_cookie);
}

static uint64_t word_of(const struct bytes *b, const void *words)
{
	uint64_t word;

	memcpy(&word, words, sizeof(word));
	return b->swapped ? bswap_64(word) : word;
}

/* Returns the index of the callchain of the 'n' words. */
static uint32_t chain_add(struct deferred_chains *d, const void *words, uint32_t n)
{
	size_t size = 8 * (size_t)n;
	uint64_t hash = hash_bytes(words, size, 0);
	uint32_t found =
		hashmap_find(&d->by_words, hash, i,
			     d->chains.items[i].n == n &&
				     memcmp(d->chains.items[i].words, words, size) == 0);
	uint64_t *copy;

	if (found != HASHMAP_NONE)
		return found;
	found = narrow_u32(d->chains.n);
	copy = memcpy(arena_take(&d->words, size), words, size);
	hashmap_put(&d->by_words, hash, found);
	vec_push(&d->chains, ((struct deferred_chain){copy, n}));
	return found;
}

static bool is_of_thread(const struct deferred_cookie *c, uint64_t cookie, uint32_t tid)
{
	return c->cookie == cookie && (!tid || !c->tid || c->tid == tid);
}

static uint32_t cookie_find(const struct deferred_chains *d, uint64_t cookie,
			    uint32_t tid)
{
	return hashmap_find(&d->by_cookie, hash_u64(cookie, 0), i,
			    is_of_thread(&d->cookies.items[i], cookie, tid));
}

void deferred_chains_add(struct deferred_chains *d, struct bytes body, uint32_t tid)
{
	struct deferred_cookie c = {.tid = tid};
	const uint8_t *words;
	uint64_t n;

	c.cookie = bytes_u64(&body);
	n = bytes_u64(&body);
	/* An empty user part is none, and one without a context is not the kernel's. */
	if (!n || n > bytes_left(&body) / 8)
		return;
	words = bytes_take(&body, 8 * n);
	if (word_of(&body, words) < CALLCHAIN_CONTEXT_MAX ||
	    cookie_find(d, c.cookie, tid) != HASHMAP_NONE)
		return;
	c.chain = chain_add(d, words, narrow_u32(n));
	hashmap_put(&d->by_cookie, hash_u64(c.cookie, 0), narrow_u32(d->cookies.n));
	vec_push(&d->cookies, c);
}

const struct deferred_chain *deferred_chains_find(const struct deferred_chains *d,
						  uint64_t cookie, uint32_t tid)
{
	uint32_t found = cookie_find(d, cookie, tid);

	return found == HASHMAP_NONE ? NULL
				     : &d->chains.items[d->cookies.items[found].chain];
}
