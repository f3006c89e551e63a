/* The whole profile as the picture carries it for its script: every frame and every count.
 *
 * The bytes, before base64 (numbers are varints, least significant seven bits first):
 *
 *     version (1), flags (enum svg_data_flags),
 *     number of objects, length in bytes, the objects' names, each ended by a newline,
 *     number of frames, length in bytes, their names, each ended by a newline,
 *     for each frame a byte (kind, | 16 inlined, | shade << 5) and its object, 0 for none, else
 *     its place among the objects + 1,
 *     number of nodes without the root, self count and self weight of the root,
 *     columns over the nodes, in the layout's order: by how many the depth is less than one
 *     below the node before; the frame; the self count; and, where the flags say so, the self
 *     weight.
 *
 * Names are showable text (see text.h), so they hold no newline. */
#pragma once

#include "base/out.h"
#include "model/profile.h"
#include "render/layout.h"

#include <stdbool.h>

enum { SVG_DATA_VERSION = 1 };

enum svg_data_flags {
	SVG_DATA_WEIGHTS = 1,	     /* there is a column of weights */
	SVG_DATA_WEIGHT_IS_TIME = 2, /* in ns of CPU time */
};

/* Writes the profile as base64. */
void svg_data_write(struct out *o, const struct profile *p, const struct layout *l,
		    bool weight_is_time);
