#include "model/timeline.h"

#include "base/mem.h"
#include "base/narrow.h"
#include "base/sort.h"
#include "base/sum.h"

#include <assert.h>

void timeline_release(struct timeline *t)
{
	vec_release(&t->slices);
	vec_release(&t->counts);
}

static void timeline_append(struct timeline *t, const struct timeline_count *c)
{
	struct timeline_count *last = vec_last(&t->counts);

	assert(c->slice < t->slices.n);
	sum_add(&t->busy, c->count, &t->has_overflow);
	sum_add(&t->weight, c->weight, &t->has_overflow);
	t->slices.items[c->slice].busy += c->count;
	if (last && last->node == c->node && last->slice == c->slice) {
		last->count += c->count;
		last->weight += c->weight;
	} else if (c->count) {
		vec_push(&t->counts, *c);
	}
}

void timeline_sort(struct timeline *t)
{
	size_t n = t->counts.n;
	struct sort_item *order = mem_new(n, sizeof(*order));
	struct timeline_count *unsorted = mem_new(n, sizeof(*unsorted));
	const struct timeline_slice *slice;

	for (size_t i = 0; i < n; i++) {
		unsorted[i] = t->counts.items[i];
		order[i] = (struct sort_item){(uint64_t)unsorted[i].node << 32 |
						      unsorted[i].slice,
					      narrow_u32(i)};
	}
	sort_by_key(order, n);
	t->counts.n = 0;
	vec_each(slice, &t->slices)
		sum_add(&t->idle, slice->idle, &t->has_overflow);
	for (size_t i = 0; i < n; i++)
		timeline_append(t, &unsorted[order[i].index]);
	mem_free(unsorted);
	mem_free(order);
}
