#include "diff/diff.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "diff/align.h"
#include "diff/importance.h"
#include "diff/quantities.h"
#include "diff/verdicts.h"
#include "model/outermost.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* A comparison that is being made. */
struct diff {
	struct comparison *c;
	const struct diff_options *options;
	const struct diff_run *runs;
	size_t n;
	node_id **nodes; /* nodes[r][i]: the union's node of node i of run r */
	bool *is_outermost;
	struct quantities quantities;
};

static void diff_release(struct diff *d)
{
	for (size_t i = 0; i < d->n; i++)
		mem_free(d->nodes[i]);
	mem_free(d->nodes);
	mem_free(d->is_outermost);
	quantities_release(&d->quantities);
}

/* Makes the union of all profiles. */
static void union_make(struct diff *d)
{
	struct align_options options = {d->options->exact, d->options->objects};
	scoped(aligner_release) struct aligner aligner;

	d->nodes = mem_new(d->n, sizeof(*d->nodes));
	aligner_init(&aligner, &d->c->profile, &options);
	for (size_t i = 0; i < d->n; i++) {
		const struct profile *p = d->runs[i].profile;

		d->nodes[i] = mem_new(p->nodes.n, sizeof(**d->nodes));
		aligner_add(&aligner, p, d->nodes[i]);
	}
	aligner_finish(&aligner);
	d->is_outermost = outermost_nodes(&d->c->profile, NULL, 0);
}

static void change_add(struct change *to, const struct change *from)
{
	for (int side = 0; side < SIDES; side++) {
		to->count[side] += from->count[side];
		to->value[side] += from->value[side];
	}
}

/* Counts self and total of all nodes. 'value' is the amount until values_divide(). */
static void count_nodes(struct diff *d)
{
	struct comparison *c = d->c;

	for (size_t i = 0; i < c->profile.nodes.n; i++)
		vec_add(&c->nodes);
	for (size_t r = 0; r < d->n; r++) {
		const struct diff_run *run = &d->runs[r];

		for (size_t i = 0; i < run->profile->nodes.n; i++) {
			const struct profile_node *n = &run->profile->nodes.items[i];
			node_id node = d->nodes[r][i];
			struct change *self = &c->nodes.items[node].self;

			profile_add(&c->profile, node, n->count, n->weight);
			self->count[run->side] += n->count;
			self->value[run->side] +=
				diff_run_amount(run, n->count, n->weight);
		}
	}
	for (size_t i = c->nodes.n; i--;) {
		struct node_change *n = &c->nodes.items[i];

		change_add(&n->total, &n->self);
		if (i)
			change_add(
				&c->nodes.items[c->profile.nodes.items[i].parent].total,
				&n->total);
	}
}

/* Counts self and total of all functions: one for each frame. importance_sort()
 * removes structure. */
static void count_functions(struct diff *d)
{
	struct comparison *c = d->c;

	for (size_t i = 0; i < c->profile.frames.items.n; i++) {
		struct function_change *f = vec_add(&c->functions);

		f->frame = (frame_id)i;
		f->through = FUNCTION_NONE;
	}
	for (size_t i = 1; i < c->nodes.n; i++) {
		struct function_change *f =
			&c->functions.items[c->profile.nodes.items[i].frame];

		change_add(&f->self, &c->nodes.items[i].self);
		if (d->is_outermost[i])
			change_add(&f->total, &c->nodes.items[i].total);
	}
}

/* The divisor of all amounts of a side. */
static double base_of(const struct diff *d, enum side side)
{
	const struct compared_side *s = &d->c->side[side];

	switch (d->options->measure) {
	case MEASURE_RATE:
		return s->seconds;
	case MEASURE_WORK:
		return s->work;
	case MEASURE_SHARE:
		break;
	}
	return d->c->nodes.items[PROFILE_ROOT].total.value[side];
}

static void change_divide(struct change *change, const double *bases)
{
	for (int side = 0; side < SIDES; side++)
		change->value[side] =
			bases[side] > 0 ? change->value[side] / bases[side] : 0;
	change->delta = change->value[AFTER] - change->value[BEFORE];
}

static void values_divide(struct diff *d)
{
	struct comparison *c = d->c;
	double bases[SIDES] = {base_of(d, BEFORE), base_of(d, AFTER)};

	for (size_t i = 0; i < c->nodes.n; i++) {
		change_divide(&c->nodes.items[i].self, bases);
		change_divide(&c->nodes.items[i].total, bases);
	}
	for (size_t i = 0; i < c->functions.n; i++) {
		change_divide(&c->functions.items[i].self, bases);
		change_divide(&c->functions.items[i].total, bases);
	}
	change_divide(&c->idle, bases);
}

static void sides_fill(struct diff *d)
{
	struct comparison *c = d->c;

	c->measure = d->options->measure;
	c->is_time = d->options->is_time;
	for (size_t r = 0; r < d->n; r++) {
		const struct diff_run *run = &d->runs[r];
		struct compared_side *side = &c->side[run->side];
		const struct profile_node *n;
		uint64_t samples = 0, weight = 0;

		vec_each(n, &run->profile->nodes) {
			samples += n->count;
			weight += n->weight;
		}
		side->runs++;
		side->samples += samples;
		side->idle += run->idle;
		side->lost += run->lost;
		side->lost_side_band += run->lost_side_band;
		side->seconds += run->seconds;
		side->work += run->work;
		c->idle.count[run->side] += run->idle;
		if (c->measure != MEASURE_SHARE && samples)
			c->idle.value[run->side] +=
				run->unit * (double)run->idle *
				(run->weights ? (double)weight / (double)samples : 1);
	}
}

static bool has_times(const struct diff *d)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct timeline *t = d->runs[i].timeline;

		if (!t || t->slices.n < SPREAD_LEAST_SLICES)
			return false;
	}
	return true;
}

static void verdicts_fill(struct diff *d)
{
	struct series *series = mem_new(d->n, sizeof(*series));
	struct several_series runs = {
		.items = series, .n = d->n, .spread = d->options->spread};
	struct evidence *e = &d->c->evidence;
	bool by_slices = has_times(d);

	quantities_choose(&d->quantities, d->c, d->is_outermost);
	runs.quantities = d->quantities.rows;
	runs.apart = d->quantities.apart.items;
	runs.n_apart = d->quantities.apart.n;
	for (size_t i = 0; i < d->n; i++)
		quantities_fill(&d->quantities, d->c, &d->runs[i], d->nodes[i], by_slices,
				&series[i]);
	verdicts_make(d->c, &d->quantities, &runs, d->options->fdr);
	for (size_t i = 0; i < d->n && e->has_slices; i++) {
		const struct timeline *t = d->runs[i].timeline;
		double slice = (double)t->width * (double)t->slices.n / 1e9 / e->slices;

		if (e->slice == 0 || slice < e->slice)
			e->slice = slice;
	}
	for (size_t i = 0; i < d->n; i++)
		quantities_free_series(&series[i]);
	mem_free(series);
}

void diff_make(struct comparison *c, const struct diff_run *runs, size_t n,
	       const struct diff_options *options)
{
	scoped(diff_release) struct diff d = {
		.c = c, .options = options, .runs = runs, .n = n};

	assert(n >= SIDES);
	union_make(&d);
	count_nodes(&d);
	count_functions(&d);
	sides_fill(&d);
	values_divide(&d);
	verdicts_fill(&d);
	importance_sort(c, d.is_outermost, options->by_self);
}
