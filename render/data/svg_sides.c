#include "render/data/svg_sides.h"

#include "base/mem.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "render/data/sparse.h"
#include "render/data/text_list.h"
#include "render/data/varint.h"
#include "render/svg_diff.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NO_NUMBER = UINT32_MAX };

struct sides_writer {
	struct out *out;
	const struct svg_picture *pic;
	const struct comparison *c;
	/* the mean value of a sample, in the comparison's measure */
	double worth[SIDES];
	/* of each frame_id, its number in the data */
	const uint32_t *number;
	size_t n_frames;
	/* of each frame's number, its function, or NULL */
	const struct function_change **functions;
};

static void put_figure(struct text_list *list, double figure)
{
	char text[40];
	int len = snprintf(text, sizeof(text), "%.9g", figure);

	text_list_add(list, text, narrow_size(len));
}

/* The number of standard errors that a normal variable exceeds with probability 'p'. */
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

static void put_texts(struct sides_writer *w)
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
	text_list_write(&list, w->out);
}

static const struct node_change *change_at(const struct sides_writer *w, size_t i)
{
	return &w->c->nodes.items[w->pic->layout->nodes.items[i].node];
}

/* The self value of a side less that of as many samples of mean value, in thousandths
 * of one. */
static int64_t value_difference(const struct sides_writer *w, const struct change *self,
				enum side side)
{
	double difference = 0;

	if (w->worth[side] > 0)
		difference =
			self->value[side] / w->worth[side] - (double)self->count[side];
	return llround(fmax(-1e15, fmin(1e15, difference * 1000)));
}

/* Half of the 95 % interval, in tenths of a sample's mean value. */
static void put_interval(struct sides_writer *w, const struct change *change)
{
	double worth = (w->worth[BEFORE] + w->worth[AFTER]) / 2;
	double half = (change->high - change->low) / 2;
	double tenths = worth > 0 && half > 0 ? 10 * half / worth + 0.5 : 0;

	varint_write(w->out, (uint64_t)fmin(1e15, tenths));
}

static bool is_same(const struct change *a, const struct change *b)
{
	return b->is_tested && a->verdict == b->verdict && a->low == b->low &&
	       a->high == b->high;
}

enum { TEST_NONE, TEST_OF_CALLER, TEST_VERDICT };

/* TEST_NONE without a test, TEST_OF_CALLER if the result is the caller's, else
 * TEST_VERDICT + the verdict. */
static unsigned test_of(const struct sides_writer *w, size_t i)
{
	const struct change *total = &change_at(w, i)->total;

	if (!total->is_tested)
		return TEST_NONE;
	if (i &&
	    is_same(total, &change_at(w, w->pic->layout->nodes.items[i].parent)->total))
		return TEST_OF_CALLER;
	return TEST_VERDICT + total->verdict;
}

static void put_values(struct sides_writer *w, enum side side)
{
	struct sparse_writer differences = {.out = w->out};

	for (size_t i = 0; i < w->pic->layout->nodes.n; i++) {
		int64_t difference = value_difference(w, &change_at(w, i)->self, side);

		sparse_put(&differences, varint_zigzag((uint64_t)difference));
	}
	sparse_end(&differences);
}

static void put_tests(struct sides_writer *w)
{
	struct sparse_writer tests = {.out = w->out};

	for (size_t i = 0; i < w->pic->layout->nodes.n; i++)
		sparse_put(&tests, test_of(w, i));
	sparse_end(&tests);
}

static void put_nodes(struct sides_writer *w)
{
	size_t n = w->pic->layout->nodes.n;

	for (size_t i = 0; i < n; i++) {
		const struct change *self = &change_at(w, i)->self;

		if (self->count[BEFORE] + self->count[AFTER])
			varint_write(w->out, self->count[BEFORE]);
	}
	for (enum side side = 0; side < SIDES; side++)
		put_values(w, side);
	put_tests(w);
	for (size_t i = 0; i < n; i++)
		if (test_of(w, i) >= TEST_VERDICT)
			put_interval(w, &change_at(w, i)->total);
}

static const struct change *function_change(const struct sides_writer *w, size_t i,
					    bool of_self)
{
	const struct function_change *f = w->functions[i];

	if (!f)
		return NULL;
	return of_self ? &f->self : &f->total;
}

/* VERDICT_MOVED comes without a test. */
static bool is_known(const struct change *c)
{
	return c && (c->is_tested || c->verdict != VERDICT_NONE);
}

static void put_functions(struct sides_writer *w)
{
	for (int of_self = 0; of_self < 2; of_self++) {
		struct sparse_writer verdicts = {.out = w->out};

		for (size_t i = 0; i < w->n_frames; i++) {
			const struct change *c = function_change(w, i, of_self);

			sparse_put(&verdicts, is_known(c) ? c->verdict + 1u : 0);
		}
		sparse_end(&verdicts);
	}
	for (int of_self = 0; of_self < 2; of_self++)
		for (size_t i = 0; i < w->n_frames; i++)
			if (is_known(function_change(w, i, of_self)))
				put_interval(w, function_change(w, i, of_self));
}

static void put_order(struct sides_writer *w)
{
	const struct movers *m = &w->pic->diff->movers;
	const struct function_change *f;
	size_t n = 0;

	vec_each(f, &w->c->functions)
		n += function_change_is_found(f, false);
	varint_write(w->out, n);
	vec_each(f, &w->c->functions)
		if (function_change_is_found(f, false))
			varint_write(w->out, w->number[f->frame]);
	varint_write(w->out, m->n);
	for (size_t i = 0; i < m->n; i++)
		varint_write(w->out, w->number[m->items[i]->frame]);
}

void svg_sides_write(struct out *o, const struct svg_picture *pic, const uint32_t *number,
		     size_t n_frames)
{
	struct sides_writer w = {.out = o,
				 .pic = pic,
				 .c = pic->diff->comparison,
				 .number = number,
				 .n_frames = n_frames};
	const struct change *all = &w.c->nodes.items[PROFILE_ROOT].total;
	const struct function_change *f;

	assert(w.c->nodes.n == pic->layout->nodes.n);
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
