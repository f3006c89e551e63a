#include "model/period_history.h"

#include <assert.h>
#include <string.h>

void period_history_release(struct period_history *h)
{
	vec_release(&h->changes);
}

void period_history_change(struct period_history *h, uint64_t time, uint64_t divisor)
{
	assert(divisor > 0);
	vec_push(&h->changes, ((struct rate_change){.time = time, .divisor = divisor}));
}

/* Makes the changes up to 'time'. Returns whether there were any. */
static bool changes_make(struct period_history *h, uint64_t time)
{
	size_t n = 0;

	while (n < h->changes.n && h->changes.items[n].time <= time)
		h->divisor = h->changes.items[n++].divisor;
	if (!n)
		return false;
	h->changes.n -= n;
	memmove(h->changes.items, h->changes.items + n,
		h->changes.n * sizeof(*h->changes.items));
	return true;
}

uint64_t period_history_count(struct period_history *h, uint64_t time, uint64_t period)
{
	uint64_t before = h->divisor ? h->divisor : 1, last = h->last, count, passed;
	bool has_changed = changes_make(h, time);

	count = h->divisor ? h->divisor : 1;
	h->last = time;
	if (!has_changed || !last || time < last)
		return count;
	/* More is missing if samples were lost: those are counted as lost. */
	passed = (time - last + period / 2) / period;
	if (passed > count + before)
		passed = count + before;
	return passed > count ? passed : count;
}
