/* The picture of a comparison: the frames of both sides, each as wide as the mean of
 * its values before and after, and coloured by its change. */
#pragma once

#include "base/out.h"
#include "model/comparison.h"
#include "render/movers.h"
#include "render/number.h"
#include "render/svg_picture.h"
#include "render/svg_side.h"

#include <stdbool.h>

struct svg_diff {
	const struct comparison *comparison;
	/* SIDES of them */
	const struct svg_side *sides;
	/* the largest change of a node's total for which there is evidence */
	double largest;
	struct movers movers;
};

/* Fills 'd', and 'l' with the layout of the comparison's profile; neither is
 * initialised before. 'c' and 'sides' must outlive 'd'. */
void svg_diff_make(struct svg_diff *d, struct layout *l, const struct comparison *c,
		   const struct svg_side *sides);

/* The change of a node's total. */
const struct change *svg_diff_change(const struct svg_diff *d,
				     const struct layout_node *node);

enum { SVG_AMOUNT_MAX = NUMBER_MAX + 4 };

/* Writes "▲33.6" or "▼6.9" into 'to' and returns it; the text is empty without
 * evidence. */
const char *svg_diff_amount(char to[SVG_AMOUNT_MAX], const struct svg_diff *d,
			    const struct change *change);

/* Writes "2.06 -> 35.6 % of a CPU, +33.6 ±3.2, more", with an arrow. */
void svg_diff_write_change(struct out *o, const struct svg_diff *d,
			   const struct change *change);

/* Whether a node has the verdict VERDICT_NEW or VERDICT_GONE, as asked, and its caller
 * has not. */
bool svg_diff_begins(const struct svg_picture *pic, const struct layout_node *node,
		     enum verdict verdict);

/* abs(after - before) / (before + after), 0 to 1. */
double svg_diff_relative(const struct change *change);
