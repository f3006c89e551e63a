#include "diff/verdicts.h"

#include "base/mem.h"
#include "base/sort.h"

#include <math.h>

static enum verdict verdict_of(const struct change *c, double critical)
{
	if (c->p > critical)
		return VERDICT_NONE;
	if (!c->count[BEFORE])
		return VERDICT_NEW;
	if (!c->count[AFTER])
		return VERDICT_GONE;
	return c->delta > 0 ? VERDICT_MORE : VERDICT_LESS;
}

static void take(struct change *c, const struct difference *d, double smallest,
		 const struct evidence *evidence)
{
	c->is_tested = true;
	c->low = c->delta - (d->delta - d->low);
	c->high = c->delta + (d->high - d->delta);
	c->p = d->p;
	c->smallest = smallest;
	/* Where nothing was found 'critical' is what would have been needed: no p reaches it. */
	c->verdict = verdict_of(c, evidence->critical);
}

/* Ways in which the nodes of a function changed. */
enum { SELF_UP = 1, SELF_DOWN = 2, TOTAL_UP = 4, TOTAL_DOWN = 8 };

static unsigned way_of(const struct change *c, unsigned up, unsigned down)
{
	switch (c->verdict) {
	case VERDICT_MORE:
	case VERDICT_NEW:
		return up;
	case VERDICT_LESS:
	case VERDICT_GONE:
		return down;
	default:
		return 0;
	}
}

static void find_moved(struct comparison *c, const bool *is_outermost)
{
	unsigned char *ways = mem_new(c->functions.n, sizeof(*ways));

	for (size_t i = 1; i < c->nodes.n; i++) {
		const struct node_change *n = &c->nodes.items[i];
		unsigned way = way_of(&n->self, SELF_UP, SELF_DOWN);

		if (is_outermost[i])
			way |= way_of(&n->total, TOTAL_UP, TOTAL_DOWN);
		ways[c->profile.nodes.items[i].frame] |= (unsigned char)way;
	}
	for (size_t i = 0; i < c->functions.n; i++) {
		struct function_change *f = &c->functions.items[i];

		if (f->self.verdict == VERDICT_NONE &&
		    (ways[i] & (SELF_UP | SELF_DOWN)) == (SELF_UP | SELF_DOWN))
			f->self.verdict = VERDICT_MOVED;
		if (f->total.verdict == VERDICT_NONE &&
		    (ways[i] & (TOTAL_UP | TOTAL_DOWN)) == (TOTAL_UP | TOTAL_DOWN))
			f->total.verdict = VERDICT_MOVED;
	}
	mem_free(ways);
}

/* The median over the functions of half to twice the size. */
static double smallest_of(const struct comparison *c, double size, double *found)
{
	size_t n = 0;

	for (size_t i = 0; i < c->functions.n; i++) {
		const struct change *total = &c->functions.items[i].total;

		if (total->smallest > 0 && change_mean(total) >= size / 2 &&
		    change_mean(total) <= size * 2)
			found[n++] = total->smallest;
	}
	if (!n)
		return 0;
	sort_doubles(found, n);
	return found[n / 2];
}

static void find_powers(struct comparison *c)
{
	static const double sizes[COMPARISON_POWERS] = {0.01, 0.1};
	double all = change_mean(&c->nodes.items[PROFILE_ROOT].total);
	double *found = mem_new(c->functions.n, sizeof(*found));

	for (int i = 0; i < COMPARISON_POWERS; i++) {
		c->powers[i].size = sizes[i] * all;
		c->powers[i].change = smallest_of(c, c->powers[i].size, found);
	}
	mem_free(found);
}

static void describe(struct evidence *e, const struct spread *s)
{
	e->has_slices = s->slices > 0;
	e->has_runs = s->has_runs;
	e->is_short = s->is_short;
	e->slices = s->slices;
	e->spread = s->mean * s->inflation;
	if (s->has_runs)
		e->spread *= fmax(1, s->between);
}

void verdicts_make(struct comparison *c, const struct quantities *q,
		   const struct several_series *runs, double fdr)
{
	struct difference *differences = mem_new(q->rows, sizeof(*differences));
	double *p = mem_new(q->rows, sizeof(*p));
	struct evidence *e = &c->evidence;
	const struct quantity *item;
	struct spread spread;

	spread_fit(&spread, runs);
	describe(e, &spread);
	for (size_t i = 0; i < q->rows; i++) {
		spread_test(&spread, runs, i, &differences[i]);
		p[i] = differences[i].p;
	}
	e->fdr = fdr;
	e->tested = q->rows;
	e->critical = false_discovery_limit(p, q->rows, fdr, &e->found);
	/* No p is needed any more. */
	for (size_t i = 0; i < q->rows; i++)
		p[i] = difference_smallest(&differences[i], e->critical);
	vec_each(item, &q->items)
		take(item->change, &differences[item->row], p[item->row], e);
	find_moved(c, q->is_outermost);
	find_powers(c);
	mem_free(p);
	mem_free(differences);
}
