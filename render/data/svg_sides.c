#include "render/data/svg_sides.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "render/data/text_list.h"
#include "render/svg_diff.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NO_NUMBER = UINT32_MAX };

/* What a number is of. */
enum {
	OF_BEFORE = CODER_SIDES,
	OF_VALUE,
	OF_CODE,
	OF_INTERVAL,
	OF_VERDICT,
	OF_FUNCTION_INTERVAL,
	OF_ORDER,
};

struct writing {
	struct coder *coder;
	const struct svg_picture *pic;
	const struct comparison *c;
	double worth[SIDES];	/* of a sample, as the comparison counts */
	const uint32_t *number; /* of a frame in the data */
	size_t n_frames;
	const struct function_change **functions; /* by number of their frame, or NULL */
};

static void put(struct writing *w, struct coder_contexts contexts, uint64_t n)
{
	coder_number(w->coder, contexts, n);
}

static void put_figure(struct text_list *list, double figure)
{
	char text[40];
	int len = snprintf(text, sizeof(text), "%.9g", figure);

	text_list_add(list, text, (size_t)len);
}

/* The standard errors beyond which independent samples are by chance with probability 'p'. */
static double errors_of(double p)
{
	double low = 0, high = 40;

	for (int i = 0; i < 60; i++) {
		double middle = (low + high) / 2;

		if (erfc(middle / sqrt(2)) > p)
			low = middle;
		else
			high = middle;
	}
	return high;
}

static void put_texts(struct writing *w)
{
	const struct evidence *e = &w->c->evidence;
	double scale = comparison_scale(w->c);
	const char *unit = comparison_unit(w->c);
	scoped(text_list_release) struct text_list list;

	text_list_init(&list);
	text_list_add(&list, unit, strlen(unit));
	for (int side = 0; side < SIDES; side++) {
		const char *name = w->pic->diff->sides[side].name;

		text_list_add(&list, name, strlen(name));
	}
	for (int side = 0; side < SIDES; side++)
		put_figure(&list, w->worth[side] * scale);
	put_figure(&list, e->spread);
	put_figure(&list, e->found ? errors_of(e->critical) : 0);
	put_figure(&list, w->pic->diff->largest * scale);
	text_list_write(&list, w->coder);
}

static const struct node_change *change_at(const struct writing *w, size_t i)
{
	return &w->c->nodes.items[w->pic->layout->nodes.items[i].node];
}

/* In thousandths: what a value has above that of its samples. */
static uint64_t value_left(const struct writing *w, const struct change *self,
			   enum side side)
{
	double left = 0;
	int64_t n;

	if (w->worth[side] > 0)
		left = self->value[side] / w->worth[side] - (double)self->count[side];
	n = llround(fmax(-1e15, fmin(1e15, left * 1000)));
	return (uint64_t)n << 1 ^ (n < 0 ? UINT64_MAX : 0);
}

static void put_interval(struct writing *w, struct coder_contexts contexts,
			 const struct change *change)
{
	double worth = (w->worth[BEFORE] + w->worth[AFTER]) / 2;
	double half = (change->high - change->low) / 2;

	put(w, contexts,
	    worth > 0 && half > 0 ? (uint64_t)fmin(1e15, 10 * half / worth + 0.5) : 0);
}

static bool is_same(const struct change *a, const struct change *b)
{
	return b->is_tested && a->verdict == b->verdict && a->low == b->low &&
	       a->high == b->high;
}

/* Whether nothing more is known of a node than that it is as its caller. */
static bool is_as_caller(const struct writing *w, size_t i)
{
	return i && is_same(&change_at(w, i)->total,
			    &change_at(w, w->pic->layout->nodes.items[i].parent)->total);
}

static uint64_t code_of(const struct writing *w, size_t i)
{
	const struct change *total = &change_at(w, i)->total;

	if (!total->is_tested)
		return 0;
	return is_as_caller(w, i) ? 1 : total->verdict + 2;
}

/* Of the root one more than there are. */
static uint32_t frame_of(const struct writing *w, size_t i)
{
	return i ? w->number[w->pic->layout->nodes.items[i].frame]
		 : (uint32_t)w->n_frames;
}

static void put_before(struct writing *w, size_t i)
{
	const struct change *self = &change_at(w, i)->self;
	uint32_t both = coder_bounded(self->count[BEFORE] + self->count[AFTER]);

	put(w, (struct coder_contexts){OF_BEFORE, 0, both, frame_of(w, i)},
	    self->count[BEFORE]);
}

static void put_value(struct writing *w, enum side side, size_t i)
{
	const struct change *self = &change_at(w, i)->self;
	uint32_t count = coder_bounded(self->count[side]);

	put(w, (struct coder_contexts){OF_VALUE, side, count, count},
	    value_left(w, self, side));
}

static void put_nodes(struct writing *w)
{
	const struct layout_node *nodes = w->pic->layout->nodes.items;
	size_t n = w->pic->layout->nodes.n;

	for (size_t i = 0; i < n; i++)
		put_before(w, i);
	for (int side = 0; side < SIDES; side++)
		for (size_t i = 0; i < n; i++)
			put_value(w, side, i);
	for (size_t i = 0; i < n; i++) {
		uint32_t callers = i ? (uint32_t)code_of(w, nodes[i].parent) : 0;

		put(w, (struct coder_contexts){OF_CODE, 0, callers, callers},
		    code_of(w, i));
	}
	for (size_t i = 0; i < n; i++)
		if (code_of(w, i) > 1)
			put_interval(w, (struct coder_contexts){.use = OF_INTERVAL},
				     &change_at(w, i)->total);
}

static const struct change *function_change(const struct writing *w, size_t i,
					    bool of_self)
{
	const struct function_change *f = w->functions[i];

	if (!f)
		return NULL;
	return of_self ? &f->self : &f->total;
}

/* A verdict without a test is that something moved. */
static bool is_known(const struct change *c)
{
	return c && (c->is_tested || c->verdict != VERDICT_NONE);
}

static void put_functions(struct writing *w)
{
	for (uint32_t of_self = 0; of_self < 2; of_self++)
		for (size_t i = 0; i < w->n_frames; i++) {
			const struct change *c = function_change(w, i, of_self);

			put(w,
			    (struct coder_contexts){OF_VERDICT, of_self, of_self,
						    of_self},
			    is_known(c) ? c->verdict + 1 : 0);
		}
	for (uint32_t of_self = 0; of_self < 2; of_self++)
		for (size_t i = 0; i < w->n_frames; i++)
			if (is_known(function_change(w, i, of_self)))
				put_interval(w,
					     (struct coder_contexts){
						     .use = OF_FUNCTION_INTERVAL},
					     function_change(w, i, of_self));
}

static void put_order(struct writing *w)
{
	const struct movers *m = &w->pic->diff->movers;
	const struct function_change *f;
	const struct coder_contexts order = {.use = OF_ORDER};
	size_t n = 0;

	vec_each(f, &w->c->functions)
		n += function_change_is_found(f, false);
	put(w, order, n);
	vec_each(f, &w->c->functions)
		if (function_change_is_found(f, false))
			put(w, order, w->number[f->frame]);
	put(w, order, m->n);
	for (size_t i = 0; i < m->n; i++)
		put(w, order, w->number[m->items[i]->frame]);
}

void svg_sides_write(struct coder *c, const struct svg_picture *pic,
		     const uint32_t *number, size_t n_frames)
{
	struct writing w = {.coder = c,
			    .pic = pic,
			    .c = pic->diff->comparison,
			    .number = number,
			    .n_frames = n_frames};
	const struct change *all = &w.c->nodes.items[PROFILE_ROOT].total;
	const struct function_change *f;

	for (int side = 0; side < SIDES; side++)
		if (all->count[side])
			w.worth[side] = all->value[side] / (double)all->count[side];
	w.functions = mem_new(n_frames, sizeof(*w.functions));
	vec_each(f, &w.c->functions)
		if (number[f->frame] != NO_NUMBER)
			w.functions[number[f->frame]] = f;
	put_texts(&w);
	put_nodes(&w);
	put_functions(&w);
	put_order(&w);
	mem_free(w.functions);
}
