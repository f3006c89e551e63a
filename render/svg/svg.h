/* A profile, or the comparison of two sides, as a picture: one self-contained SVG. */
#pragma once

#include "base/out.h"
#include "model/comparison.h"
#include "model/profile.h"
#include "model/run_info.h"
#include "render/svg_side.h"

struct palette;
struct timeline;

struct svg_options {
	const struct timeline *timeline; /* of the profile, NULL: not known */
	const char *title;    /* NULL: "Flame graph" and what the conditions say */
	const char *subtitle; /* a line of its own below it, NULL: none */
	const struct palette *palette; /* NULL: a hue for each kind of code */
	unsigned width;		       /* px of the static picture, 0: 1280 */
};

/* Writes the picture; 'c' may be all zero (folded text has no conditions). Same input, same
 * bytes. Errors of 'o' show in out_commit(). */
void svg_write(struct out *o, const struct profile *p, const struct run_info *c,
	       const struct svg_options *options);

/* Writes the picture of a comparison: the frames of both sides, each as wide as the mean of what
 * it takes before and after, coloured by the change of its total. 'sides' are SIDES of them. Of
 * the options the timeline is left out. */
void svg_write_comparison(struct out *o, const struct comparison *c,
			  const struct svg_side *sides,
			  const struct svg_options *options);
