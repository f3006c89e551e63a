#include "model/sample_times.h"

#include "base/bisect.h"
#include "base/sort.h"

#include <assert.h>
#include <stddef.h>

enum {
	TICK_SHIFT = 18, /* a tick is 2^18 ns */
	TICK_BITS = 42,
	UNSORTED_MAX = 1 << 16,
};

void sample_times_release(struct sample_times *s)
{
	vec_release(&s->keys);
}

/* Linux has pids below 2^22. Larger ones share keys with others, and so do times after a
 * century. */
static uint64_t key_of(uint32_t id, uint64_t time)
{
	const uint64_t most = ((uint64_t)1 << TICK_BITS) - 1;
	uint64_t tick = time >> TICK_SHIFT;

	return (uint64_t)id << TICK_BITS | (tick < most ? tick : most);
}

void sample_times_finish(struct sample_times *s)
{
	size_t kept = 0;

	if (s->n_sorted == s->keys.n)
		return;
	sort_items(s->keys.items, s->keys.n, sizeof(*s->keys.items), 0);
	for (size_t i = 0; i < s->keys.n; i++)
		if (!kept || s->keys.items[i] != s->keys.items[kept - 1])
			s->keys.items[kept++] = s->keys.items[i];
	s->keys.n = s->n_sorted = kept;
}

void sample_times_add(struct sample_times *s, uint32_t id, uint64_t time)
{
	vec_push(&s->keys, key_of(id, time));
	if (s->keys.n > 2 * s->n_sorted + UNSORTED_MAX)
		sample_times_finish(s);
}

bool sample_times_any(const struct sample_times *s, uint32_t id, uint64_t first,
		      uint64_t last)
{
	uint64_t low = key_of(id, first), high = key_of(id, last);
	size_t at = bisect(0, s->keys.n, i, s->keys.items[i] < low);

	assert(s->n_sorted == s->keys.n);
	return at < s->keys.n && s->keys.items[at] <= high;
}
