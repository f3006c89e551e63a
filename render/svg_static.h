/* The part of a picture that needs no script: the frames that can be seen, as shapes with
 * their colours in attributes, so that they show in mails, in <img> and under any content
 * security policy. */
#pragma once

#include "base/out.h"
#include "model/profile.h"
#include "render/layout.h"

#include <stdint.h>

enum {
	SVG_MARGIN = 10,     /* px left and right of the graph */
	SVG_ROW_HEIGHT = 20, /* px; a frame leaves one of them free */
};

/* The height in px that the visible frames take at a width. */
unsigned svg_static_height(const struct layout *l, unsigned width);

/* Writes the frames, the root at 'top'. */
void svg_static_write(struct out *o, const struct profile *p, const struct layout *l,
		      unsigned width, unsigned top);
