/* From a hash to small numbers, which index somebody's array: the caller keeps the keys and
 * compares them itself, in a loop over the candidates.
 *
 *     for (v = hashmap_first(&probe, &map, hash); v != HASHMAP_NONE; v = hashmap_next(&probe))
 *             if (items[v].key == key)
 *                     return v;
 *     hashmap_put(&map, hash, new_v);
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HASHMAP_NONE UINT32_MAX

struct hashmap {
	struct hashmap_slot *slots; /* NULL while empty */
	size_t n, size;		    /* used slots; all slots, a power of two */
};

struct hashmap_slot {
	uint32_t tag; /* upper half of the hash: places and tells apart */
	uint32_t value;
};

struct hashmap_probe {
	const struct hashmap *map;
	uint32_t tag;
	size_t at;
};

static inline uint32_t hashmap_next(struct hashmap_probe *p)
{
	const struct hashmap *m = p->map;

	for (;;) {
		const struct hashmap_slot *slot = &m->slots[p->at];

		if (slot->value == HASHMAP_NONE)
			return HASHMAP_NONE;
		p->at = (p->at + 1) & (m->size - 1);
		if (slot->tag == p->tag)
			return slot->value;
	}
}

/* The first value stored under a hash like 'hash', or HASHMAP_NONE. */
static inline uint32_t hashmap_first(struct hashmap_probe *p, const struct hashmap *m,
				     uint64_t hash)
{
	if (!m->slots)
		return HASHMAP_NONE;
	*p = (struct hashmap_probe){m, hash >> 32, (hash >> 32) & (m->size - 1)};
	return hashmap_next(p);
}

/* Where a look-up of 'hash' begins, to be prefetched; the map is not empty. */
static inline const void *hashmap_place(const struct hashmap *m, uint64_t hash)
{
	return &m->slots[hash >> 32 & (m->size - 1)];
}

/* Stores 'value', below HASHMAP_NONE, under 'hash'; what is there already stays. */
void hashmap_put(struct hashmap *m, uint64_t hash, uint32_t value);

void hashmap_release(struct hashmap *m);

/* Well mixed in all its bits, and another one each time the program runs: nobody can make a file
 * of keys that all have one hash. It may place things in a map, not decide about any output. */
uint64_t hash_bytes(const void *data, size_t len, uint64_t seed);

/* Its address, which the kernel chooses by chance, is the secret. */
extern const char hash_secret[];

static inline uint64_t hash_u64(uint64_t a, uint64_t b)
{
	uint64_t secret = (uintptr_t)hash_secret * 0x9e3779b97f4a7c15;
	__uint128_t m = (__uint128_t)(a ^ secret) * (b ^ secret ^ 0xe7037ed1a0b428db);

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}
