/* What is particular about the picture of a comparison: the frames of both sides, each as wide as
 * the mean of what it takes before and after, and coloured by what changed. */
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
	const struct svg_side *sides; /* SIDES of them */
	double largest; /* change of a node's total that there is evidence for */
	struct movers movers;
};

/* Lays out the comparison's profile into 'l', which is new, and fills 'd'. */
void svg_diff_make(struct svg_diff *d, struct layout *l, const struct comparison *c,
		   const struct svg_side *sides);

/* The change of a node's total. */
const struct change *svg_diff_change(const struct svg_diff *d,
				     const struct layout_node *node);

enum { SVG_AMOUNT_MAX = NUMBER_MAX + 4 };

/* "▲33.6", "▼6.9"; empty where there is no evidence. */
const char *svg_diff_amount(char to[SVG_AMOUNT_MAX], const struct svg_diff *d,
			    const struct change *change);

/* Writes "2.06 -> 35.6 % of a CPU, +33.6 ±3.2, more", with an arrow. */
void svg_diff_write_change(struct out *o, const struct svg_diff *d,
			   const struct change *change);

/* Whether a node is new, or gone, and its caller is not. */
bool svg_diff_begins(const struct svg_picture *pic, const struct layout_node *node,
		     enum verdict verdict);

/* By how much a change is so of all there is on both sides, 0 to 1. */
double svg_diff_relative(const struct change *change);
