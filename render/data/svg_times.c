#include "render/data/svg_times.h"

enum {
	SLICES_MOST = UINT16_MAX + 1,
	TIMES_MOST = 100000000,
	ENTRY_BITS = 2, /* the least that a node's samples in a slice take */
};

static uint64_t code_figure(struct coder *c, uint64_t figure)
{
	return coder_number(c, (struct coder_contexts){.use = CODER_FIGURE}, figure);
}

static uint64_t code_idle(struct coder *c, uint64_t last, uint64_t idle)
{
	uint32_t of_last = coder_bounded(last);

	return coder_number(c, (struct coder_contexts){CODER_IDLE, 0, of_last, of_last},
			    idle);
}

/* In how many slices a node that has 'count' samples has them. */
static uint64_t code_number(struct coder *c, uint64_t count, uint64_t number)
{
	uint32_t of_count = coder_bounded(count);

	return coder_number(
		c, (struct coder_contexts){CODER_SLICES, 0, of_count, of_count}, number);
}

/* By how much a slice is after 'last', when 'left' are still to come. */
static uint64_t code_slice(struct coder *c, uint64_t left, uint64_t last, uint64_t later)
{
	uint32_t of_left = coder_bounded(left);

	return coder_number(
		c,
		(struct coder_contexts){CODER_SLICE, 0, of_left,
					coder_mix(of_left, (uint32_t)last / 8)},
		later);
}

/* What is left of samples when 'n' of them are in a slice. */
static uint64_t without(uint64_t samples, uint64_t n)
{
	return samples > n ? samples - n : 0;
}

/* The samples in one of 'left' slices, when the node has 'samples' for them. */
static uint64_t code_samples(struct coder *c, uint64_t left, uint64_t samples, uint64_t n)
{
	uint32_t spare = coder_bounded(without(samples, left));
	const struct coder_contexts contexts = {CODER_SLICE_COUNT, 0, spare,
						coder_mix(spare, coder_bounded(left))};

	return coder_number(c, contexts, n - 1) + 1;
}

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

static void write_samples(struct coder *c, const struct timeline_count *counts, size_t n,
			  uint64_t samples)
{
	for (size_t i = 0; i < n; i++) {
		code_samples(c, n - i, samples, counts[i].count);
		samples = without(samples, counts[i].count);
	}
}

static void write_counts(struct coder *c, const struct svg_picture *pic)
{
	const struct timeline_count *counts = pic->timeline->counts.items;
	const struct profile_node *selfs = pic->profile->nodes.items;
	size_t *firsts = firsts_of(pic->timeline, pic->profile->nodes.n);
	const struct layout_node *n;

	vec_each(n, &pic->layout->nodes)
		code_number(c, selfs[n->node].count,
			    firsts[n->node + 1] - firsts[n->node]);
	vec_each(n, &pic->layout->nodes)
		for (size_t i = firsts[n->node], end = firsts[n->node + 1], last = 0;
		     i < end; i++) {
			code_slice(c, end - i, last, counts[i].slice - last);
			last = counts[i].slice;
		}
	vec_each(n, &pic->layout->nodes)
		write_samples(c, counts + firsts[n->node],
			      firsts[n->node + 1] - firsts[n->node],
			      selfs[n->node].count);
	mem_free(firsts);
}

void svg_times_write(struct coder *c, const struct svg_picture *pic)
{
	const struct timeline *t = pic->timeline;
	const struct timeline_slice *slice;
	uint64_t last = 0;

	code_figure(c, t->slices.n);
	code_figure(c, t->width);
	vec_each(slice, &t->slices)
		last = code_idle(c, last, slice->idle);
	write_counts(c, pic);
}

static void read_slices(struct coder *c, struct timeline *t)
{
	uint64_t n = code_figure(c, 0), last = 0;

	t->width = code_figure(c, 0);
	if (n > SLICES_MOST)
		coder_fail(c);
	for (uint64_t i = 0; i < n && !coder_failed(c); i++) {
		last = code_idle(c, last, 0);
		vec_push(&t->slices, ((struct timeline_slice){.idle = last}));
	}
}

/* In how many slices each node has samples; NULL where that cannot be. */
static uint32_t *read_numbers(struct coder *c, const struct svg_nodes *nodes)
{
	uint32_t *numbers = mem_new(nodes->n, sizeof(*numbers));
	uint64_t all = 0;

	for (size_t i = 0; i < nodes->n && !coder_failed(c); i++) {
		uint64_t n = code_number(c, nodes->items[i].count, 0);

		if (n > SLICES_MOST)
			coder_fail(c);
		numbers[i] = (uint32_t)n;
		all += n;
	}
	if (all > TIMES_MOST)
		coder_fail(c);
	if (coder_holds(c, all, ENTRY_BITS))
		return numbers;
	mem_free(numbers);
	return NULL;
}

static void read_counts(struct coder *c, const struct svg_nodes *nodes,
			const node_id *ids, struct timeline *t)
{
	uint32_t *numbers = read_numbers(c, nodes);
	struct timeline_count *count;

	for (size_t i = 0; i < nodes->n && !coder_failed(c); i++) {
		uint64_t slice = 0;

		for (uint32_t left = numbers[i]; left && !coder_failed(c); left--) {
			slice += code_slice(c, left, slice, 0);
			if (slice >= t->slices.n)
				coder_fail(c);
			vec_push(&t->counts,
				 ((struct timeline_count){.node = ids[i],
							  .slice = (uint32_t)slice}));
		}
	}
	count = t->counts.items;
	for (size_t i = 0; i < nodes->n && !coder_failed(c); i++) {
		uint64_t samples = nodes->items[i].count;

		for (uint32_t left = numbers[i]; left; left--, count++) {
			count->count = code_samples(c, left, samples, 0);
			samples = without(samples, count->count);
		}
	}
	mem_free(numbers);
}

void svg_times_read(struct coder *c, const struct svg_nodes *nodes, const node_id *ids,
		    struct timeline *t)
{
	read_slices(c, t);
	read_counts(c, nodes, ids, t);
	if (!coder_failed(c))
		timeline_sort(t);
}
