#include "symbolize/dwarf/range_table.h"

#include "base/bisect.h"
#include "base/narrow.h"
#include "base/sort.h"

#include <assert.h>
#include <stddef.h>

enum { MAX_NESTING = 512 }; /* only a damaged file has more */

void range_table_release(struct range_table *t)
{
	vec_release(&t->items);
}

void range_table_add(struct range_table *t, uint64_t start, uint64_t end, uint32_t item)
{
	assert(item < RANGE_NONE);
	if (start < end)
		vec_push(&t->items,
			 ((struct range){.start = start, .end = end, .item = item}));
}

void range_table_finish(struct range_table *t)
{
	struct range *items = t->items.items;

	/* The sort is stable: of ranges with one start the outer one stays first. */
	sort_items(items, t->items.n, sizeof(*items), offsetof(struct range, start));
	for (size_t i = 0; i < t->items.n; i++) {
		size_t outer = i;

		for (size_t steps = 0; outer && items[outer - 1].end <= items[i].start &&
				       steps < MAX_NESTING;
		     steps++)
			outer = items[outer - 1].outer;
		items[i].outer = narrow_u32(outer);
	}
}

uint32_t range_table_find(const struct range_table *t, uint64_t at)
{
	const struct range *items = t->items.items;
	size_t n = bisect(0, t->items.n, i, items[i].start <= at);

	for (size_t steps = 0; n && steps < MAX_NESTING; steps++) {
		if (at < items[n - 1].end)
			return items[n - 1].item;
		n = items[n - 1].outer;
	}
	return RANGE_NONE;
}
