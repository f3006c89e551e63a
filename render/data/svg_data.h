/* The profile as text inside the picture: all frames, counts and times, for the
 * picture's script and for svg_read(). docs/picture-format.md describes it byte by
 * byte. */
#pragma once

#include "base/out.h"
#include "render/svg_picture.h"

#include <stdint.h>

/* First character of the text. Versions 1 (an 'A') and 2 were not stable and cannot be
 * read any more; svg_read() reads every version from 3 on, for ever. */
#define SVG_DATA_VERSION '3'

/* Most bytes of inflated data that svg_read() accepts. */
enum { SVG_DATA_SIZE_MAX = 256 << 20 };

enum svg_data_flags {
	/* Nodes have weights. */
	SVG_DATA_WEIGHTS = 1,
	/* Weights are ns of CPU time. */
	SVG_DATA_WEIGHT_IS_TIME = 2,
	/* The timeline follows. */
	SVG_DATA_TIMES = 4,
	/* The picture is a comparison: counts are the sum of both sides, whose data
	 * follows. */
	SVG_DATA_SIDES = 8,
};

/* The attributes of a frame, one byte: the bits of its kind, the bit of an inlined frame,
 * and the position of its shade of colour. */
enum { SVG_DATA_KIND = 15, SVG_DATA_INLINED = 16, SVG_DATA_SHADE_SHIFT = 5 };

/* Writes the profile of a picture as text that needs no escaping in XML. */
void svg_data_write(struct out *o, const struct svg_picture *pic);
