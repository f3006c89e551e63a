#include "render/svg_times.h"

#include "render/varint.h"

enum { SLICES_MOST = UINT16_MAX + 1 };

/* Where the counts of each node begin, and those of one behind the last. */
static size_t *firsts_of(const struct timeline *t, size_t n_nodes)
{
	size_t *firsts = mem_new(n_nodes + 1, sizeof(*firsts));
	const struct timeline_count *c;

	vec_each(c, &t->counts)
		firsts[c->node + 1]++;
	for (size_t i = 1; i <= n_nodes; i++)
		firsts[i] += firsts[i - 1];
	return firsts;
}

static void write_counts(struct out *o, const struct svg_picture *pic)
{
	const struct timeline_count *counts = pic->timeline->counts.items;
	size_t *firsts = firsts_of(pic->timeline, pic->profile->nodes.n);
	const struct layout_node *n;

	vec_each(n, &pic->layout->nodes)
		varint_write(o, firsts[n->node + 1] - firsts[n->node]);
	vec_each(n, &pic->layout->nodes)
		for (size_t i = firsts[n->node], last = 0; i < firsts[n->node + 1]; i++) {
			varint_write(o, counts[i].slice - last);
			last = counts[i].slice;
		}
	vec_each(n, &pic->layout->nodes)
		for (size_t i = firsts[n->node]; i < firsts[n->node + 1]; i++)
			varint_write(o, counts[i].count - 1);
	mem_free(firsts);
}

void svg_times_write(struct out *o, const struct svg_picture *pic)
{
	const struct timeline *t = pic->timeline;
	const struct timeline_slice *slice;

	varint_write(o, t->slices.n);
	varint_write(o, t->width);
	vec_each(slice, &t->slices)
		varint_write(o, slice->idle);
	write_counts(o, pic);
}

static void read_slices(struct bytes *b, struct timeline *t)
{
	uint64_t n = varint_read(b);

	t->width = varint_read(b);
	b->failed |= n > SLICES_MOST;
	for (uint64_t i = 0; i < n && !b->failed; i++)
		vec_push(&t->slices, ((struct timeline_slice){.idle = varint_read(b)}));
}

/* In how many slices each node has samples; NULL where that cannot be. */
static uint32_t *read_numbers(struct bytes *b, size_t n_nodes)
{
	uint32_t *numbers = mem_new(n_nodes, sizeof(*numbers));
	uint64_t all = 0;

	for (size_t i = 0; i < n_nodes && !b->failed; i++) {
		uint64_t n = varint_read(b);

		b->failed |= n > SLICES_MOST;
		numbers[i] = (uint32_t)n;
		all += n;
	}
	/* Each count has at least a byte in each of two columns. */
	if (!b->failed && all <= bytes_left(b) / 2)
		return numbers;
	mem_free(numbers);
	b->failed = true;
	return NULL;
}

static void read_counts(struct bytes *b, const node_id *nodes, size_t n_nodes,
			struct timeline *t)
{
	uint32_t *numbers = read_numbers(b, n_nodes);
	struct timeline_count *c;

	for (size_t i = 0; i < n_nodes && !b->failed; i++) {
		uint64_t slice = 0;

		for (uint32_t k = 0; k < numbers[i] && !b->failed; k++) {
			slice += varint_read(b);
			b->failed |= slice >= t->slices.n;
			vec_push(&t->counts,
				 ((struct timeline_count){.node = nodes[i],
							  .slice = (uint32_t)slice}));
		}
	}
	vec_each(c, &t->counts)
		c->count = varint_read(b) + 1;
	mem_free(numbers);
}

void svg_times_read(struct bytes *b, const node_id *nodes, size_t n_nodes,
		    struct timeline *t)
{
	read_slices(b, t);
	read_counts(b, nodes, n_nodes, t);
	if (!b->failed)
		timeline_sort(t);
}
