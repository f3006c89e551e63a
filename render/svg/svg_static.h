/* The static part of a picture, which needs no script: its frames as shapes with their
 * colours in attributes, so that they show in mails, in <img> and under any content
 * security policy. */
#pragma once

#include "base/out.h"
#include "render/svg_picture.h"

enum {
	/* Pixels, one of which is the gap to the next row. */
	SVG_ROW_HEIGHT = 20,
};

/* Writes the frames that are at least 0.6 pixels wide, with titles from 6 pixels on; the
 * root is at y = 'top'. Returns the height of the frames in pixels. The size is limited:
 * beyond 26 kB without titles the narrowest frames are left out, beyond 37 kB the titles
 * of the narrowest. */
unsigned svg_static_write(struct out *o, const struct svg_picture *pic, unsigned top);
