#include "base/hashmap.h"

#include "base/mem.h"

#include <stdbool.h>
#include <string.h>

static void place(struct hashmap *m, struct hashmap_slot slot)
{
	size_t at = slot.tag & (m->size - 1);

	while (m->slots[at].value != HASHMAP_NONE)
		at = (at + 1) & (m->size - 1);
	m->slots[at] = slot;
}

static void grow(struct hashmap *m)
{
	struct hashmap_slot *old = m->slots;
	size_t old_size = m->size;

	m->size = old_size ? 2 * old_size : 16;
	m->slots = mem_resize(NULL, m->size, sizeof(*m->slots));
	memset(m->slots, 0xff, m->size * sizeof(*m->slots));
	for (size_t i = 0; i < old_size; i++)
		if (old[i].value != HASHMAP_NONE)
			place(m, old[i]);
	mem_free(old);
}

void hashmap_put(struct hashmap *m, uint64_t hash, uint32_t value)
{
	if (2 * m->n >= m->size)
		grow(m);
	place(m, (struct hashmap_slot){.tag = hash >> 32, .value = value});
	m->n++;
}

void hashmap_release(struct hashmap *m)
{
	mem_free(m->slots);
	*m = (struct hashmap){0};
}

const char hash_secret[1];

static uint64_t load(const unsigned char *p, size_t len)
{
	uint64_t v = 0;

	if (len)
		memcpy(&v, p, len);
	return v;
}

uint64_t hash_bytes(const void *data, size_t len, uint64_t seed)
{
	const unsigned char *p = data;
	uint64_t h = hash_u64(seed, len);

	for (; len >= 16; p += 16, len -= 16)
		h = hash_u64(load(p, 8) ^ h, load(p + 8, 8));
	if (len >= 8)
		return hash_u64(load(p, 8) ^ h, load(p + 8, len - 8));
	return hash_u64(load(p, len) ^ h, ~h);
}
