#include "flow/slices.h"

#include "base/narrow.h"

#include <assert.h>

void slices_release(struct slices *s)
{
	vec_release(&s->counts);
	vec_release(&s->latest);
}

void slices_cut(struct slices *s, uint64_t first, uint64_t last)
{
	if (!s->n)
		return;
	s->start = first;
	s->width = last < first ? 1 : (last - first) / s->n + 1;
	s->n = last < first ? 1 : narrow_u32((last - first) / s->width + 1);
}

static uint32_t slice_of(const struct slices *s, uint64_t time)
{
	uint64_t slice = time < s->start ? 0 : (time - s->start) / s->width;

	return slice < s->n ? (uint32_t)slice : s->n - 1;
}

void slices_add(struct slices *s, uint32_t chain, uint64_t time, uint64_t count,
		uint64_t weight)
{
	uint32_t slice;
	struct slice_count *c;

	assert(s->n && s->width);
	slice = slice_of(s, time);
	while (s->latest.n <= chain)
		vec_push(&s->latest, 0);
	c = s->latest.items[chain] ? &s->counts.items[s->latest.items[chain] - 1] : NULL;
	if (!c || c->slice != slice) {
		c = vec_add(&s->counts);
		*c = (struct slice_count){.chain = chain, .slice = slice};
		s->latest.items[chain] = narrow_u32(s->counts.n);
	}
	c->count += count;
	c->weight += weight;
}
