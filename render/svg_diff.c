#include "render/svg_diff.h"

#include "base/mem.h"
#include "render/xml.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

/* The parts of the whole width, enough for the mean of any two values. */
static const double PARTS = 0x1p50;

void svg_diff_make(struct svg_diff *d, struct layout *l, const struct comparison *c,
		   const struct svg_side *sides)
{
	uint64_t *own = mem_new(c->nodes.n, sizeof(*own));
	double all = change_mean(&c->nodes.items[PROFILE_ROOT].total);

	assert(c->nodes.n == c->profile.nodes.n);
	*d = (struct svg_diff){.comparison = c, .sides = sides};
	for (size_t i = 0; i < c->nodes.n; i++) {
		const struct node_change *n = &c->nodes.items[i];

		if (all > 0)
			own[i] = (uint64_t)llround(change_mean(&n->self) / all * PARTS);
		if (n->total.verdict != VERDICT_NONE)
			d->largest = fmax(d->largest, fabs(n->total.delta));
	}
	layout_make_by(l, &c->profile, own);
	mem_free(own);
	movers_find(&d->movers, c, l);
}

const struct change *svg_diff_change(const struct svg_diff *d,
				     const struct layout_node *node)
{
	return &d->comparison->nodes.items[node->node].total;
}

const char *svg_diff_amount(char to[SVG_AMOUNT_MAX], const struct svg_diff *d,
			    const struct change *change)
{
	char figure[NUMBER_MAX];

	to[0] = '\0';
	if (change->verdict == VERDICT_NONE)
		return to;
	number_figure(figure, "", fabs(change->delta) * comparison_scale(d->comparison));
	snprintf(to, SVG_AMOUNT_MAX, "%s%s",
		 change->delta > 0 ? "\xe2\x96\xb2" : "\xe2\x96\xbc", figure);
	return to;
}

void svg_diff_write_change(struct out *o, const struct svg_diff *d,
			   const struct change *change)
{
	double scale = comparison_scale(d->comparison);
	char before[NUMBER_MAX], after[NUMBER_MAX], delta[NUMBER_MAX];

	out_printf(o, "%s \xe2\x86\x92 %s ",
		   number_figure(before, "", change->value[BEFORE] * scale),
		   number_figure(after, "", change->value[AFTER] * scale));
	xml_str(o, comparison_unit(d->comparison));
	out_printf(o, ", %s", number_figure(delta, "+", change->delta * scale));
	if (change->is_tested)
		out_printf(o, " \xc2\xb1%s",
			   number_figure(delta, "",
					 (change->high - change->low) / 2 * scale));
	out_printf(o, ", %s", verdict_name(change->verdict));
}

bool svg_diff_begins(const struct svg_picture *pic, const struct layout_node *node,
		     enum verdict verdict)
{
	const struct layout_node *caller = &pic->layout->nodes.items[node->parent];

	return node->depth && svg_diff_change(pic->diff, node)->verdict == verdict &&
	       svg_diff_change(pic->diff, caller)->verdict != verdict;
}

double svg_diff_relative(const struct change *change)
{
	double both = change->value[BEFORE] + change->value[AFTER];

	return both > 0 ? fmin(1, fabs(change->delta) / both) : 0;
}
