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
	/* Of the same profile; NULL if the samples have no times. */
	const struct timeline *timeline;
	/* NULL: "Flame graph of" and the name of the machine, or of a comparison both
	 * names. */
	const char *title;
	/* A line below the title, or NULL. */
	const char *subtitle;
	/* NULL: a hue for each kind of code. */
	const struct palette *palette;
	/* Pixels of the static picture, 0: 1280. Limited to 200 to 20,000. */
	unsigned width;
};

/* Writes the picture of a profile. 'c' is the metadata of its recording, all zero for
 * input without any, such as folded text. The same input gives the same bytes. An error
 * of 'o' is returned by its out_commit(). */
void svg_write(struct out *o, const struct profile *p, const struct run_info *c,
	       const struct svg_options *options);

/* Writes the picture of a comparison: the frames of both sides, each as wide as the mean
 * of its values before and after, coloured by the change of its total. 'sides' is an
 * array of SIDES. The timeline of the options is ignored. */
void svg_write_comparison(struct out *o, const struct comparison *c,
			  const struct svg_side *sides,
			  const struct svg_options *options);
