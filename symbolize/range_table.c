#include "symbolize/range_table.h"

#include "base/sort.h"

#include <stddef.h>

enum { MAX_NESTING = 512 }; /* only a damaged file has more */

void range_table_release(struct range_table *t)
{
	vec_release(&t->items);
}

void range_table_add(struct range_table *t, uint64_t start, uint64_t end, uint32_t item)
{
	if (start < end)
		vec_push(&t->items,
			 ((struct range){.start = start, .end = end, .item = item}));
}

void range_table_finish(struct range_table *t)
{
	struct range *items = t->items.items;

	/* Of one start, the outer ones stay before the inner ones. */
	sort_items(items, t->items.n, sizeof(*items), offsetof(struct range, start));
	for (size_t i = 0; i < t->items.n; i++) {
		size_t outer = i;

		for (size_t steps = 0; outer && items[outer - 1].end <= items[i].start &&
				       steps < MAX_NESTING;
		     steps++)
			outer = items[outer - 1].outer;
		items[i].outer = (uint32_t)outer;
	}
}

uint32_t range_table_find(const struct range_table *t, uint64_t at)
{
	const struct range *items = t->items.items;
	size_t low = 0, high = t->items.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (items[mid].start <= at)
			low = mid + 1;
		else
			high = mid;
	}
	for (size_t steps = 0; low && steps < MAX_NESTING; steps++) {
		if (at < items[low - 1].end)
			return items[low - 1].item;
		low = items[low - 1].outer;
	}
	return RANGE_NONE;
}
