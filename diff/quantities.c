#include "diff/quantities.h"

#include "base/mem.h"
#include "base/narrow.h"
#include "base/sort.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static bool is_enough(const struct change *c)
{
	return c->count[BEFORE] + c->count[AFTER] >= QUANTITY_SAMPLES;
}

/* Whether 'a', a part of 'b', is the whole. */
static bool is_same(const struct change *a, const struct change *b)
{
	return a->count[BEFORE] == b->count[BEFORE] && a->count[AFTER] == b->count[AFTER];
}

static uint32_t quantity_add(struct quantities *q, struct change *change, uint32_t row)
{
	if (row == QUANTITY_NONE)
		row = narrow_u32(q->rows++);
	vec_push(&q->items, ((struct quantity){change, row}));
	return row;
}

static uint32_t *no_rows(size_t n)
{
	uint32_t *rows = mem_new(n, sizeof(*rows));

	memset(rows, 0xff, n * sizeof(*rows));
	return rows;
}

static void choose_functions(struct quantities *q, struct comparison *c)
{
	for (size_t i = 0; i < c->functions.n; i++) {
		struct function_change *f = &c->functions.items[i];

		if (frame_at(&c->profile.frames, f->frame)->kind == FRAME_ROOT ||
		    !is_enough(&f->total))
			continue;
		q->function_total[i] = quantity_add(q, &f->total, QUANTITY_NONE);
		if (!is_enough(&f->self))
			continue;
		if (is_same(&f->self, &f->total))
			quantity_add(q, &f->self, q->function_total[i]);
		else
			q->function_self[i] = quantity_add(q, &f->self, QUANTITY_NONE);
		vec_push(&q->apart, q->items.items[q->items.n - 1].row);
	}
}

/* The row of a node's total: the row of its function if that has only this node; the
 * row of its caller if that has nothing else; else its own row. */
static uint32_t choose_total(struct quantities *q, struct comparison *c, node_id node,
			     const uint32_t *rows)
{
	struct change *total = &c->nodes.items[node].total;
	const struct profile_node *n = &c->profile.nodes.items[node];

	if (node && q->is_outermost[node] &&
	    is_same(total, &c->functions.items[n->frame].total) &&
	    q->function_total[n->frame] != QUANTITY_NONE)
		return quantity_add(q, total, q->function_total[n->frame]);
	if (node && is_same(total, &c->nodes.items[n->parent].total))
		return quantity_add(q, total, rows[n->parent]);
	q->node_total[node] = quantity_add(q, total, QUANTITY_NONE);
	return q->node_total[node];
}

static void choose_nodes(struct quantities *q, struct comparison *c)
{
	uint32_t *rows = no_rows(c->nodes.n); /* of the totals */

	for (size_t i = 0; i < c->nodes.n; i++) {
		struct node_change *n = &c->nodes.items[i];
		frame_id frame = c->profile.nodes.items[i].frame;

		if (!is_enough(&n->total))
			continue;
		rows[i] = choose_total(q, c, (node_id)i, rows);
		if (!is_enough(&n->self))
			continue;
		if (is_same(&n->self, &n->total))
			quantity_add(q, &n->self, rows[i]);
		else if (i && q->function_self[frame] != QUANTITY_NONE &&
			 is_same(&n->self, &c->functions.items[frame].self))
			quantity_add(q, &n->self, q->function_self[frame]);
		else
			q->node_self[i] = quantity_add(q, &n->self, QUANTITY_NONE);
	}
	mem_free(rows);
}

void quantities_choose(struct quantities *q, struct comparison *c,
		       const bool *is_outermost)
{
	*q = (struct quantities){.is_outermost = is_outermost};
	q->node_self = no_rows(c->nodes.n);
	q->node_total = no_rows(c->nodes.n);
	q->function_self = no_rows(c->functions.n);
	q->function_total = no_rows(c->functions.n);
	choose_functions(q, c);
	choose_nodes(q, c);
}

void quantities_release(struct quantities *q)
{
	vec_release(&q->items);
	vec_release(&q->apart);
	mem_free(q->node_self);
	mem_free(q->node_total);
	mem_free(q->function_self);
	mem_free(q->function_total);
}

/* The series of a run, filled slice by slice. */
struct filling {
	const struct quantities *q;
	const struct profile *p; /* the union */
	float *amounts;
	double *bases;	/* by slice: the amount of everything */
	double *totals; /* by node, in the current slice */
	uint32_t slices;
};

static void row_add(struct filling *f, uint32_t row, uint32_t slice, double amount)
{
	if (row != QUANTITY_NONE)
		f->amounts[(size_t)row * f->slices + slice] += (float)amount;
}

/* Adds an amount to the self of a node. */
static void fill_self(struct filling *f, node_id node, uint32_t slice, double amount)
{
	f->totals[node] += amount;
	row_add(f, f->q->node_self[node], slice, amount);
	if (node)
		row_add(f, f->q->function_self[f->p->nodes.items[node].frame], slice,
			amount);
}

/* Adds up the totals of a slice. Callees have greater numbers than their callers. */
static void fill_totals(struct filling *f, uint32_t slice)
{
	for (node_id node = (node_id)f->p->nodes.n - 1; node; node--) {
		const struct profile_node *n = &f->p->nodes.items[node];
		double total = f->totals[node];

		if (total == 0)
			continue;
		f->totals[node] = 0;
		f->totals[n->parent] += total;
		row_add(f, f->q->node_total[node], slice, total);
		if (f->q->is_outermost[node])
			row_add(f, f->q->function_total[n->frame], slice, total);
	}
	f->bases[slice] = f->totals[PROFILE_ROOT];
	row_add(f, f->q->node_total[PROFILE_ROOT], slice, f->totals[PROFILE_ROOT]);
	f->totals[PROFILE_ROOT] = 0;
}

static void fill_slices(struct filling *f, const struct diff_run *run,
			const node_id *nodes)
{
	const struct timeline_count *counts = run->timeline->counts.items;
	size_t n = run->timeline->counts.n, i = 0;
	struct sort_item *order = mem_resize(NULL, n, sizeof(*order));

	for (size_t k = 0; k < n; k++)
		order[k] = (struct sort_item){counts[k].slice, narrow_u32(k)};
	sort_by_key(order, n);
	for (uint32_t slice = 0; slice < f->slices; slice++) {
		for (; i < n && order[i].key == slice; i++) {
			const struct timeline_count *c = &counts[order[i].index];

			fill_self(f, nodes[c->node], slice,
				  diff_run_amount(run, c->count, c->weight));
		}
		fill_totals(f, slice);
	}
	mem_free(order);
}

/* Fills all slices. Returns the mean amount of a sample. */
static double fill_all(struct filling *f, const struct diff_run *run,
		       const node_id *nodes)
{
	uint64_t samples = 0;
	double sum = 0;

	for (size_t i = 0; i < run->profile->nodes.n; i++) {
		const struct profile_node *n = &run->profile->nodes.items[i];
		double amount = diff_run_amount(run, n->count, n->weight);

		samples += n->count;
		sum += amount;
		if (f->slices == 1)
			fill_self(f, nodes[i], 0, amount);
	}
	if (f->slices == 1)
		fill_totals(f, 0);
	else
		fill_slices(f, run, nodes);
	if (run->counts > 0)
		sum *= run->counts;
	return samples ? sum / (double)samples : 0;
}

static void sum_up(struct series *series, size_t rows)
{
	double *sums = mem_new(rows, sizeof(*sums));

	for (size_t i = 0; i < rows; i++)
		for (uint32_t t = 0; t < series->slices; t++)
			sums[i] += (double)series->amounts[i * series->slices + t];
	series->sums = sums;
	for (uint32_t t = 0; t < series->slices; t++)
		series->base += series->bases[t];
}

/* The slices' parts of N. 'bases' has the amount of all samples of each slice, 'busy' is
 * their sum. If nothing is known of the work in a slice, it is taken for proportional to
 * the samples: then the variation of a function is that of its share, whatever the
 * throughput does, and the sum of all samples has an error of its own. */
static void bases_set(struct series *series, double *bases, const struct comparison *c,
		      const struct diff_run *run, double busy)
{
	double most = c->is_time && run->cpus ? run->seconds * run->cpus : INFINITY;
	uint32_t slices = series->slices;

	series->all = c->measure == MEASURE_SHARE ? busy : most;
	if (c->measure == MEASURE_WORK && !run->work_slices && busy > 0) {
		series->total_variance =
			series->quantum / busy * fmax(0, 1 - busy / most);
		series->all = busy;
	}
	for (uint32_t i = 0; i < slices; i++) {
		if (c->measure == MEASURE_RATE)
			bases[i] = run->seconds / slices;
		else if (c->measure == MEASURE_WORK && run->work_slices)
			bases[i] = slices > 1 ? run->work_slices[i] : run->work;
		else if (c->measure == MEASURE_WORK)
			bases[i] = busy > 0 ? run->work * bases[i] / busy
					    : run->work / slices;
	}
}

void quantities_fill(const struct quantities *q, const struct comparison *c,
		     const struct diff_run *run, const node_id *nodes, bool by_slices,
		     struct series *series)
{
	uint32_t slices = by_slices ? narrow_u32(run->timeline->slices.n) : 1;
	double *bases = mem_new(slices, sizeof(*bases)), busy = 0;
	struct filling f = {.q = q, .p = &c->profile, .slices = slices, .bases = bases};

	assert(!by_slices || slices > 1);
	f.amounts = mem_new(q->rows * slices, sizeof(*f.amounts));
	f.totals = mem_new(c->profile.nodes.n, sizeof(*f.totals));
	*series = (struct series){.side = run->side,
				  .slices = slices,
				  .amounts = f.amounts,
				  .bases = bases,
				  .quantum = fill_all(&f, run, nodes)};
	mem_free(f.totals);
	for (uint32_t i = 0; i < slices; i++)
		busy += bases[i];
	bases_set(series, bases, c, run, busy);
	sum_up(series, q->rows);
}

void quantities_free_series(struct series *series)
{
	mem_free((void *)series->amounts);
	mem_free((void *)series->bases);
	mem_free((void *)series->sums);
}
