#include "fold/text_times.h"

void text_times_release(struct text_times *s)
{
	vec_release(&s->items);
}

void text_times_add(struct text_times *s, uint64_t time, node_id node, uint64_t weight)
{
	s->are_missing |= !time;
	if (s->max_slices && !s->are_missing)
		vec_push(&s->items, ((struct text_time){time, weight, node}));
}

void text_times_cut(const struct text_times *s, struct timeline *t)
{
	uint64_t first = UINT64_MAX, last = 0;
	const struct text_time *sample;

	if (s->are_missing || !s->items.n)
		return;
	vec_each(sample, &s->items) {
		first = sample->time < first ? sample->time : first;
		last = sample->time > last ? sample->time : last;
	}
	t->start = first;
	t->width = (last - first) / s->max_slices + 1;
	for (uint64_t i = 0; i <= (last - first) / t->width; i++)
		vec_add(&t->slices);
	vec_each(sample, &s->items)
		vec_push(&t->counts,
			 ((struct timeline_count){
				 .node = sample->node,
				 .slice = (uint32_t)((sample->time - first) / t->width),
				 .count = 1,
				 .weight = sample->weight}));
	timeline_sort(t);
}
