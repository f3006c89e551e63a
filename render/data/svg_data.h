/* The profile as text inside the picture: all frames, counts and times, for the
 * picture's script and for svg_read(). docs/picture-format.md describes it byte by
 * byte. */
#pragma once

#include "base/out.h"
#include "render/svg_picture.h"

#include <stdint.h>

/* First character of the text. Pictures without a stable format had 1 (an 'A') and 2.
 * svg_read() reads every version from 3 on, for ever. */
#define SVG_DATA_VERSION '3'

/* Limits of readers. The first one is bytes after inflating. */
enum { SVG_DATA_SIZE_MAX = 256 << 20 };

enum svg_data_flags {
	/* nodes have weights */
	SVG_DATA_WEIGHTS = 1,
	/* weights are ns of CPU time */
	SVG_DATA_WEIGHT_IS_TIME = 2,
	/* the timeline follows */
	SVG_DATA_TIMES = 4,
	/* a comparison: counts are the sum of both sides, which follow */
	SVG_DATA_SIDES = 8,
};

/* A frame's attributes in a byte: its kind, whether it is inlined, its shade of
 * colour. */
enum { SVG_DATA_KIND = 15, SVG_DATA_INLINED = 16, SVG_DATA_SHADE_SHIFT = 5 };

/* Writes the profile as text that needs no escaping in XML. */
void svg_data_write(struct out *o, const struct svg_picture *pic);
