#include "base/hashmap.h"

#include "base/mem.h"

#include <assert.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>

const struct hashmap_slot hashmap_empty = {.value = HASHMAP_NONE};

static void slots_put(struct hashmap *m, struct hashmap_slot slot)
{
	size_t i = slot.tag & (m->size - 1);

	while (m->slots[i].value != HASHMAP_NONE)
		i = (i + 1) & (m->size - 1);
	m->slots[i] = slot;
}

static void slots_grow(struct hashmap *m)
{
	struct hashmap_slot *old = m->slots;
	size_t old_size = m->size;

	m->size = old_size ? 2 * old_size : 16;
	m->slots = mem_resize(NULL, m->size, sizeof(*m->slots));
	memset(m->slots, 0xff, m->size * sizeof(*m->slots));
	for (size_t i = 0; i < old_size; i++)
		if (old[i].value != HASHMAP_NONE)
			slots_put(m, old[i]);
	mem_free(old);
}

void hashmap_put(struct hashmap *m, uint64_t hash, uint32_t value)
{
	assert(value != HASHMAP_NONE);
	if (2 * m->n >= m->size)
		slots_grow(m);
	slots_put(m,
		  (struct hashmap_slot){.tag = (uint32_t)(hash >> 32), .value = value});
	m->n++;
}

void hashmap_release(struct hashmap *m)
{
	mem_free(m->slots);
	*m = (struct hashmap){0};
}

uint64_t hash_secret;

uint64_t hash_secret_make(ssize_t (*random)(void *data, size_t size, unsigned flags))
{
	uint64_t secret;
	const void *of_process;

	/* Early in the boot, getrandom() without the flag would wait for entropy. */
	if (random(&secret, sizeof(secret), GRND_NONBLOCK) == (ssize_t)sizeof(secret))
		return secret;
	of_process = (const void *)getauxval(AT_RANDOM);
	if (of_process)
		memcpy(&secret, of_process, sizeof(secret));
	else
		secret = (uintptr_t)&hash_secret * 0x9e3779b97f4a7c15;
	return secret;
}

__attribute__((constructor)) static void hash_secret_init(void)
{
	hash_secret = hash_secret_make(getrandom);
}

static uint64_t word_of(const unsigned char *p, size_t len)
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
		h = hash_u64(word_of(p, 8) ^ h, word_of(p + 8, 8));
	if (len >= 8)
		return hash_u64(word_of(p, 8) ^ h, word_of(p + 8, len - 8));
	return hash_u64(word_of(p, len) ^ h, ~h);
}
