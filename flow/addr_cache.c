#include "flow/addr_cache.h"

#include "base/mem.h"

#include <string.h>

void addr_cache_init(struct addr_cache *c)
{
	*c = (struct addr_cache){
		.entries = mem_new(ADDR_CACHE_ENTRIES, sizeof(*c->entries))};
}

void addr_cache_release(struct addr_cache *c)
{
	mem_release(&c->entries);
	vec_release(&c->frames.items);
}

void addr_cache_clear(struct addr_cache *c)
{
	memset(c->entries, 0, ADDR_CACHE_ENTRIES * sizeof(*c->entries));
}
