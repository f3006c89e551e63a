/* The colours of frames: a hue for each kind of code, a shade for each module, in a light and
 * a dark theme. */
#pragma once

#include "model/frame.h"

#include <stdint.h>

enum { PALETTE_SHADES = 3 };

struct palette_colour {
	const char *light, *dark; /* "#rrggbb" */
};

const struct palette_colour *palette_colour(enum frame_kind kind, unsigned shade);

/* The shade of a frame, below PALETTE_SHADES: that of its object; that of its name where no
 * object is known, and in the kernel, which is one object. The same in every picture. */
unsigned palette_shade(const struct frame_table *frames, const struct frame *f);

/* What the legend calls a kind. */
const char *palette_kind_label(enum frame_kind kind);

/* The colour of text on frames, and of the page and the text on it. */
extern const struct palette_colour palette_label, palette_page, palette_text,
	palette_muted, palette_warning;
