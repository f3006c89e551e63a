#include "record/ring.h"

#include "base/mem.h"

#include <string.h>

void ring_init(struct ring *r, size_t size)
{
	*r = (struct ring){.size = size};
}

void ring_release(struct ring *r)
{
	mem_free(r->copy);
	*r = (struct ring){0};
}

const void *ring_record(struct ring *r, const void *found, size_t size)
{
	size_t at = r->at & (r->size - 1), first = r->size - at;

	/* The first record of all stands where the ring begins. */
	if (!r->data)
		r->data = found;
	r->at += size;
	if (size <= first)
		return found;
	if (!r->copy)
		r->copy = mem_new(UINT16_MAX, 1);
	memcpy(r->copy, r->data + at, first);
	memcpy(r->copy + first, r->data, size - first);
	return r->copy;
}
