#include "record/ring.h"

#include "base/mem.h"

#include <assert.h>
#include <string.h>

void ring_init(struct ring *r, size_t size)
{
	assert(size && !(size & (size - 1)));
	*r = (struct ring){.size = size};
}

void ring_release(struct ring *r)
{
	mem_free(r->copy);
	*r = (struct ring){0};
}

const void *ring_record(struct ring *r, const void *record, size_t size)
{
	size_t at = r->pos & (r->size - 1), first = r->size - at;

	/* The very first record is at the start of the ring. */
	if (!r->data)
		r->data = record;
	r->pos += size;
	if (size <= first)
		return record;
	if (!r->copy)
		r->copy = mem_new(UINT16_MAX, 1);
	memcpy(r->copy, r->data + at, first);
	memcpy(r->copy + first, r->data, size - first);
	return r->copy;
}
