#include "render/data/svg_times.h"

#include "render/data/sparse.h"
#include "render/data/varint.h"

#include <assert.h>

enum {
	SLICES_MAX = UINT16_MAX + 1,
	/* Bytes that each of a node's slices takes at least. */
	ENTRY_BYTES = 2,
};

/* Index of each node's first count, and after the last node the number of counts. */
static size_t *first_counts(const struct timeline *t, size_t n_nodes)
{
	size_t *first = mem_new(n_nodes + 1, sizeof(*first));
	const struct timeline_count *c;

	vec_each(c, &t->counts) {
		assert(c->node < n_nodes && c->slice < t->slices.n && c->count);
		first[c->node + 1]++;
	}
	for (size_t i = 1; i <= n_nodes; i++)
		first[i] += first[i - 1];
	return first;
}

static void write_counts(struct out *o, const struct svg_picture *pic)
{
	const struct timeline_count *counts = pic->timeline->counts.items;
	const struct profile_node *selfs = pic->profile->nodes.items;
	size_t *first = first_counts(pic->timeline, pic->profile->nodes.n);
	struct sparse_writer numbers = {.out = o};
	const struct layout_node *n;

	/* As a rule each of a node's samples is in a slice of its own. */
	vec_each(n, &pic->layout->nodes)
		sparse_put(&numbers,
			   varint_zigzag(selfs[n->node].count -
					 (first[n->node + 1] - first[n->node])));
	sparse_end(&numbers);
	vec_each(n, &pic->layout->nodes)
		for (size_t i = first[n->node], last = 0; i < first[n->node + 1]; i++) {
			varint_write(o, counts[i].slice - last);
			last = counts[i].slice;
		}
	vec_each(n, &pic->layout->nodes)
		for (size_t i = first[n->node]; i < first[n->node + 1]; i++)
			varint_write(o, counts[i].count - 1);
	mem_free(first);
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

static void read_slices(struct bytes *in, struct timeline *t)
{
	uint64_t n = bytes_uleb(in);

	t->width = bytes_uleb(in);
	if (n > SLICES_MAX || n > bytes_left(in)) {
		in->failed = true;
		return;
	}
	for (uint64_t i = 0; i < n; i++)
		vec_push(&t->slices, ((struct timeline_slice){.idle = bytes_uleb(in)}));
}

/* The number of slices in which each node has samples. */
static uint32_t *read_numbers(struct bytes *in, const struct svg_nodes *nodes,
			      const struct timeline *t)
{
	uint32_t *numbers = mem_new(nodes->n, sizeof(*numbers));
	struct sparse_reader differences = {.in = in};
	uint64_t sum = 0;

	for (size_t i = 0; i < nodes->n; i++) {
		uint64_t n = nodes->items[i].count -
			     varint_unzigzag(sparse_next(&differences));

		if (n > t->slices.n)
			in->failed = true;
		numbers[i] = (uint32_t)n;
		sum += numbers[i];
	}
	sparse_finish(&differences);
	if (sum > bytes_left(in) / ENTRY_BYTES)
		in->failed = true;
	return numbers;
}

static void read_counts(struct bytes *in, const struct svg_nodes *nodes,
			const node_id *ids, struct timeline *t)
{
	uint32_t *numbers = read_numbers(in, nodes, t);
	struct timeline_count *count;

	for (size_t i = 0; i < nodes->n && !in->failed; i++) {
		uint64_t slice = 0;

		for (uint32_t left = numbers[i]; left && !in->failed; left--) {
			uint64_t later = bytes_uleb(in);

			/* Each slice once. */
			if (later >= t->slices.n - slice || (!later && left < numbers[i]))
				in->failed = true;
			slice += later;
			vec_push(&t->counts,
				 ((struct timeline_count){.node = ids[i],
							  .slice = (uint32_t)slice}));
		}
	}
	vec_each(count, &t->counts) {
		count->count = bytes_uleb(in) + 1;
		in->failed |= !count->count;
	}
	mem_free(numbers);
}

void svg_times_read(struct bytes *in, const struct svg_nodes *nodes, const node_id *ids,
		    struct timeline *t)
{
	read_slices(in, t);
	if (!in->failed)
		read_counts(in, nodes, ids, t);
	if (!in->failed)
		timeline_sort(t);
	else
		t->counts.n = 0;
}
