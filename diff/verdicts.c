#include "diff/verdicts.h"

#include "base/mem.h"
#include "base/sort.h"

#include <math.h>

/* Standard errors of a 95 % interval. */
static const double FACTOR_INTERVAL = 1.96;

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

static void change_fill(struct change *c, const struct difference *d, double smallest,
			const struct evidence *evidence)
{
	c->is_tested = true;
	c->low = c->delta - (d->delta - d->low);
	c->high = c->delta + (d->high - d->delta);
	c->p = fmax(d->p, d->p_factor);
	c->smallest = smallest;
	/* Without any verdict 'critical' is the p that a verdict needs: no p is that
	 * small. */
	c->verdict = verdict_of(c, evidence->critical);
	c->is_common = c->verdict == VERDICT_NONE && d->p <= evidence->critical;
}

/* Directions in which the nodes of a function changed. */
enum { SELF_UP = 1, SELF_DOWN = 2, TOTAL_UP = 4, TOTAL_DOWN = 8 };

static unsigned direction_of(const struct change *c, unsigned up, unsigned down)
{
	switch (c->verdict) {
	case VERDICT_MORE:
	case VERDICT_NEW:
		return up;
	case VERDICT_LESS:
	case VERDICT_GONE:
		return down;
	case VERDICT_NONE:
	case VERDICT_MOVED:
	case VERDICTS:
		break;
	}
	return 0;
}

/* Sets VERDICT_MOVED: a function with nodes that changed in both directions. */
static void moved_find(struct comparison *c, const bool *is_outermost)
{
	unsigned char *directions = mem_new(c->functions.n, sizeof(*directions));

	for (size_t i = 1; i < c->nodes.n; i++) {
		const struct node_change *n = &c->nodes.items[i];
		unsigned direction = direction_of(&n->self, SELF_UP, SELF_DOWN);

		if (is_outermost[i])
			direction |= direction_of(&n->total, TOTAL_UP, TOTAL_DOWN);
		directions[c->profile.nodes.items[i].frame] |= (unsigned char)direction;
	}
	for (size_t i = 0; i < c->functions.n; i++) {
		struct function_change *f = &c->functions.items[i];

		if (f->self.verdict == VERDICT_NONE &&
		    (directions[i] & (SELF_UP | SELF_DOWN)) == (SELF_UP | SELF_DOWN))
			f->self.verdict = VERDICT_MOVED;
		if (f->total.verdict == VERDICT_NONE &&
		    (directions[i] & (TOTAL_UP | TOTAL_DOWN)) == (TOTAL_UP | TOTAL_DOWN))
			f->total.verdict = VERDICT_MOVED;
	}
	mem_free(directions);
}

/* The median of 'smallest' over all functions of half to twice the size; 0: there are
 * none. */
static double smallest_of(const struct comparison *c, double size, double *buffer)
{
	size_t n = 0;

	for (size_t i = 0; i < c->functions.n; i++) {
		const struct change *total = &c->functions.items[i].total;

		if (total->smallest > 0 && change_mean(total) >= size / 2 &&
		    change_mean(total) <= size * 2)
			buffer[n++] = total->smallest;
	}
	if (!n)
		return 0;
	sort_doubles(buffer, n);
	return buffer[n / 2];
}

static void powers_fill(struct comparison *c)
{
	static const double sizes[COMPARISON_POWERS] = {0.01, 0.1};
	double all = change_mean(&c->nodes.items[PROFILE_ROOT].total);
	double *buffer = mem_new(c->functions.n, sizeof(*buffer));

	for (int i = 0; i < COMPARISON_POWERS; i++) {
		c->powers[i].size = sizes[i] * all;
		c->powers[i].change = smallest_of(c, c->powers[i].size, buffer);
	}
	mem_free(buffer);
}

static void evidence_fill(struct evidence *e, const struct spread *s, bool is_given)
{
	e->has_slices = s->slices > 0;
	e->is_given = is_given;
	e->has_runs = s->has_runs;
	e->is_short = s->is_short;
	e->slices = s->slices;
	e->spread = s->mean * s->inflation;
	if (s->has_runs)
		e->spread *= fmax(1, s->between);
	if (s->factor.is_common) {
		e->factor = exp(s->factor.log);
		e->factor_low = exp(s->factor.log - FACTOR_INTERVAL * s->factor.error);
		e->factor_high = exp(s->factor.log + FACTOR_INTERVAL * s->factor.error);
	}
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
	evidence_fill(e, &spread, runs->spread > 0);
	for (size_t i = 0; i < q->rows; i++) {
		spread_test(&spread, runs, i, &differences[i]);
		p[i] = fmax(differences[i].p, differences[i].p_factor);
	}
	e->fdr = fdr;
	e->tested = q->rows;
	e->critical = false_discovery_limit(p, q->rows, fdr, &e->found);
	/* From here on the array holds the smallest differences. */
	for (size_t i = 0; i < q->rows; i++)
		p[i] = difference_smallest(&differences[i], e->critical);
	vec_each(item, &q->items)
		change_fill(item->change, &differences[item->row], p[item->row], e);
	moved_find(c, q->is_outermost);
	powers_fill(c);
	mem_free(p);
	mem_free(differences);
}
