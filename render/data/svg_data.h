/* The whole profile as the picture carries it for its script, and for whoever reads the picture
 * back: every frame and every count.
 *
 * SVG_DATA_VERSION, then what a coder (coder.h) makes of these:
 *
 *     flags (enum svg_data_flags),
 *     the conditions (svg_facts.h),
 *     the names of the objects, those of the frames (text_list.h),
 *     for each frame its object, 0 for none, else its place among the objects + 1, and eight bits:
 *     kind, | SVG_DATA_INLINED, | shade << SVG_DATA_SHADE_SHIFT,
 *     the tree (svg_nodes.h),
 *     and, where the flags say so, the times (svg_times.h), and what a comparison says of its two
 *     sides (svg_sides.h).
 *
 * The contexts of all that are part of the format: they stand where it is written and read. */
#pragma once

#include "base/out.h"
#include "render/data/coder.h"
#include "render/svg_picture.h"

/* Before it there was 1, which was binary and in base64: that begins with an 'A'. */
#define SVG_DATA_VERSION '2'

enum svg_data_flags {
	SVG_DATA_WEIGHTS = 1,	     /* nodes have weights */
	SVG_DATA_WEIGHT_IS_TIME = 2, /* in ns of CPU time */
	SVG_DATA_TIMES = 4,
	SVG_DATA_SIDES = 8, /* a comparison: counts are those of both sides */
};

enum { SVG_DATA_KIND = 15, SVG_DATA_INLINED = 16, SVG_DATA_SHADE_SHIFT = 5 };

/* What a frame's object and its attributes are likely to be, from those of the frame before;
 * before the first frame, 0. The object comes first. */
static inline struct coder_contexts svg_data_of_object(uint32_t last)
{
	return (struct coder_contexts){CODER_OBJECT, 0, last, last};
}

static inline struct coder_contexts svg_data_of_attributes(uint32_t object, uint32_t last)
{
	return (struct coder_contexts){CODER_ATTRIBUTES, 0, object,
				       coder_mix(object, last)};
}

/* Writes the profile as text. */
void svg_data_write(struct out *o, const struct svg_picture *pic);
