/* Frames of addresses that were looked up before. A direct-mapped cache: each address has
 * one possible entry, and a new address replaces the old one there. */
#pragma once

#include "base/hashmap.h"
#include "model/frame.h"
#include "model/space.h"
#include "symbolize/symbolizer.h"

#include <stdbool.h>
#include <stdint.h>

enum { ADDR_CACHE_ENTRIES = 1 << 16 };

struct addr_cache_entry {
	uint64_t addr;
	space_id space;
	uint32_t epoch; /* see struct task_view */
	uint32_t first; /* index of the first frame in addr_cache.frames */
	uint16_t n;	/* number of frames; 0: the entry is empty */
	bool is_return; /* the address follows a call */
};

struct addr_cache {
	struct addr_cache_entry *entries; /* ADDR_CACHE_ENTRIES */
	/* of all addresses, those of replaced entries, too */
	struct frame_list frames;
};

void addr_cache_init(struct addr_cache *c);
void addr_cache_release(struct addr_cache *c);

/* Empties all entries. The frames stay. */
void addr_cache_clear(struct addr_cache *c);

/* Points '*entry' to the only possible entry of an address. Returns whether the address
 * is there: addr, space, epoch and is_return are equal to those of 'key'. If not, the
 * caller may overwrite the entry. */
static inline bool addr_cache_find(const struct addr_cache *c,
				   const struct addr_cache_entry *key,
				   struct addr_cache_entry **entry)
{
	uint64_t hash = hash_u64(key->addr << 1 | key->is_return,
				 (uint64_t)key->space << 32 | key->epoch);
	struct addr_cache_entry *e = &c->entries[hash & (ADDR_CACHE_ENTRIES - 1)];

	*entry = e;
	return e->n && e->addr == key->addr && e->space == key->space &&
	       e->epoch == key->epoch && e->is_return == key->is_return;
}
