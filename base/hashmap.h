/* A map from a 64-bit hash to 32-bit values, which are indexes into an array of the
 * caller's. The caller keeps the keys in that array and compares them:
 *
 *     i = hashmap_find(&map, hash, i, items[i].key == key);
 *     if (i == HASHMAP_NONE) {
 *             i = narrow_u32(n_items);
 *             hashmap_put(&map, hash, i);
 *             ... append the item ...
 *     }
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define HASHMAP_NONE UINT32_MAX

/* Zero-initialize. */
struct hashmap {
	/* NULL while empty */
	struct hashmap_slot *slots;
	/* 'n' slots are used; 'size' is the number of all slots, 0 or a power of two */
	size_t n, size;
};

struct hashmap_slot {
	/* upper half of the hash: its low bits are the first slot to look at */
	uint32_t tag;
	uint32_t value;
};

/* The first value under 'hash' for which the expression 'is_match' is true, or
 * HASHMAP_NONE. The macro declares the variable 'v', which holds the value in
 * 'is_match'. */
#define hashmap_find(map, hash, v, is_match)                                             \
	({                                                                               \
		struct hashmap_probe probe_ = hashmap_probe((map), (hash));              \
		uint32_t v;                                                              \
		do                                                                       \
			v = hashmap_next(&probe_);                                       \
		while (v != HASHMAP_NONE && !(is_match));                                \
		v;                                                                       \
	})

/* A loop over all values under 'hash', to search the best of several:
 * hashmap_each(v, &map, hash) ... The caller declares 'v', a uint32_t. It is HASHMAP_NONE
 * after a loop without break. The body must not change the map. */
#define hashmap_each(v, map, hash)                                                       \
	for (struct hashmap_probe probe_ = hashmap_probe((map), (hash));                 \
	     ((v) = hashmap_next(&probe_)) != HASHMAP_NONE;)

/* The position of a search. Private to the macros above. */
struct hashmap_probe {
	const struct hashmap_slot *slots;
	size_t mask, slot;
	uint32_t tag;
};

/* One slot without a value: stands for the slots of an empty map. */
extern const struct hashmap_slot hashmap_empty;

static inline struct hashmap_probe hashmap_probe(const struct hashmap *m, uint64_t hash)
{
	uint32_t tag = (uint32_t)(hash >> 32);

	if (!m->slots)
		return (struct hashmap_probe){&hashmap_empty, 0, 0, tag};
	return (struct hashmap_probe){m->slots, m->size - 1, tag & (m->size - 1), tag};
}

static inline uint32_t hashmap_next(struct hashmap_probe *p)
{
	for (;;) {
		const struct hashmap_slot *slot = &p->slots[p->slot];

		if (slot->value == HASHMAP_NONE)
			return HASHMAP_NONE;
		p->slot = (p->slot + 1) & p->mask;
		if (slot->tag == p->tag)
			return slot->value;
	}
}

/* Returns the address of the slot at which a search for 'hash' begins, so that the caller
 * can prefetch it. */
static inline const void *hashmap_first_slot(const struct hashmap *m, uint64_t hash)
{
	struct hashmap_probe probe = hashmap_probe(m, hash);

	return &probe.slots[probe.slot];
}

/* Stores 'value', which must be below HASHMAP_NONE, under 'hash'. Values that are already
 * there stay, equal ones too. */
void hashmap_put(struct hashmap *m, uint64_t hash, uint32_t value);

/* Frees the map and leaves an empty one. */
void hashmap_release(struct hashmap *m);

/* Returns a hash of 'len' bytes; all of its bits are well mixed. Each process
 * has other hashes, so a hostile file cannot have keys with one hash. Hashes must not
 * influence any output. 'seed' separates kinds of keys. */
uint64_t hash_bytes(const void *data, size_t len, uint64_t seed);

/* Random number of this process, part of each hash. Set before main() and never
 * changed. */
extern uint64_t hash_secret;

/* As hash_bytes(), for two numbers; a seed may be one of the two. */
static inline uint64_t hash_u64(uint64_t a, uint64_t b)
{
	__uint128_t m =
		(__uint128_t)(a ^ hash_secret) * (b ^ hash_secret ^ 0xe7037ed1a0b428db);

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* Returns a random number for hash_secret. 'random' is getrandom(2), or a test's
 * replacement. If it fails, the number is taken from the random bytes that the kernel
 * gives each process (AT_RANDOM in getauxval(3)). */
uint64_t hash_secret_make(ssize_t (*random)(void *data, size_t size, unsigned flags));
