#include "symbolize/known_frames.h"

#include "base/mem.h"
#include "base/narrow.h"

#include <string.h>

enum { CACHE_SIZE = 4096 }; /* a power of two */

struct known_frame {
	uint64_t at;
	dso_id dso;
	frame_id frame; /* NO_FRAME: unused entry */
};

struct known_address {
	uint64_t at;
	dso_id dso;
	uint32_t first, n; /* of 'frames' */
};

void known_frames_init(struct known_frames *k)
{
	*k = (struct known_frames){
		.cache = mem_resize(NULL, CACHE_SIZE, sizeof(*k->cache))};
	memset(k->cache, 0xff, CACHE_SIZE * sizeof(*k->cache));
}

void known_frames_release(struct known_frames *k)
{
	mem_release(&k->cache);
	vec_release(&k->addresses);
	hashmap_release(&k->by_hash);
	vec_release(&k->frames);
}

static struct known_frame *cache_entry(const struct known_frames *k, dso_id dso,
				       uint64_t at)
{
	return &k->cache[hash_u64(at, dso) & (CACHE_SIZE - 1)];
}

frame_id known_frames_innermost(const struct known_frames *k, dso_id dso, uint64_t at)
{
	const struct known_frame *known = cache_entry(k, dso, at);

	return known->at == at && known->dso == dso ? known->frame : NO_FRAME;
}

void known_frames_set_innermost(struct known_frames *k, dso_id dso, uint64_t at,
				frame_id frame)
{
	*cache_entry(k, dso, at) = (struct known_frame){at, dso, frame};
}

bool known_frames_find(const struct known_frames *k, dso_id dso, uint64_t at,
		       struct frame_list *out)
{
	uint32_t i = hashmap_find(&k->by_hash, hash_u64(at, dso), v,
				  k->addresses.items[v].at == at &&
					  k->addresses.items[v].dso == dso);
	const struct known_address *address;

	if (i == HASHMAP_NONE)
		return false;
	address = &k->addresses.items[i];
	for (i = 0; i < address->n; i++)
		vec_push(&out->items, k->frames.items[address->first + i]);
	return true;
}

void known_frames_add(struct known_frames *k, dso_id dso, uint64_t at,
		      const frame_id *frames, size_t n)
{
	const struct known_address address = {.at = at,
					      .dso = dso,
					      .first = narrow_u32(k->frames.n),
					      .n = narrow_u32(n)};

	for (size_t i = 0; i < n; i++)
		vec_push(&k->frames, frames[i]);
	hashmap_put(&k->by_hash, hash_u64(at, dso), narrow_u32(k->addresses.n));
	vec_push(&k->addresses, address);
}
