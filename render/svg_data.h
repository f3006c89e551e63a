/* The whole profile as the picture carries it for its script, and for whoever reads the picture
 * back: every frame and every count.
 *
 * The bytes, before base64; a number is a varint (varint.h):
 *
 *     version, flags (enum svg_data_flags),
 *     if it is deflated, the size of all that follows before that; what follows is deflated
 *     (deflate.h):
 *     the conditions (svg_facts.h),
 *     the names of the objects, those of the frames (text_list.h),
 *     for each frame a byte (kind, | SVG_DATA_INLINED, | shade << SVG_DATA_SHADE_SHIFT) and its
 *     object, 0 for none, else its place among the objects + 1,
 *     number of nodes without the root,
 *     columns over the nodes, in the layout's order: for all but the root by how many the depth
 *     is less than one below the node before; for all but the root the frame; the self count;
 *     and, where the flags say so, the usual weight of a sample and by how much the self weight
 *     is above the self count times that, 0 1 2 3 4 standing for 0 -1 1 -2 2,
 *     and, where the flags say so, the times (svg_times.h), and what a comparison says of its two
 *     sides (svg_sides.h). */
#pragma once

#include "base/out.h"
#include "render/svg_picture.h"

enum { SVG_DATA_VERSION = 1 };

enum svg_data_flags {
	SVG_DATA_WEIGHTS = 1,	     /* there is a column of weights */
	SVG_DATA_WEIGHT_IS_TIME = 2, /* in ns of CPU time */
	SVG_DATA_DEFLATED = 4,
	SVG_DATA_TIMES = 8,
	SVG_DATA_SIDES = 16, /* a comparison: counts are those of both sides */
};

enum { SVG_DATA_KIND = 15, SVG_DATA_INLINED = 16, SVG_DATA_SHADE_SHIFT = 5 };

/* Writes the profile as base64. */
void svg_data_write(struct out *o, const struct svg_picture *pic);
