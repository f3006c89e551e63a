/* The colours of frames: a hue for each kind of code, or one for all code, a shade for each
 * module, in a light and a dark theme. */
#pragma once

#include "model/frame.h"

#include <stddef.h>
#include <stdint.h>

enum { PALETTE_SHADES = 3 };

struct palette_colour {
	const char *light, *dark; /* "#rrggbb" */
};

struct palette {
	const char *name;
	uint8_t hue; /* of all code; FRAME_ROOT: of each kind its own */
};

/* The palette of that name, "kind" or one of flamegraph.pl's; NULL where there is none. */
const struct palette *palette_named(const char *name);

/* The names of all palettes, 'i' from 0 up, "kind" first; NULL behind the last. */
const char *palette_name(size_t i);

/* What is no code, or has no name, is grey in every palette. */
const struct palette_colour *palette_colour(const struct palette *p, enum frame_kind kind,
					    unsigned shade);

/* The shade of a frame, below PALETTE_SHADES: that of its object; that of its name where no
 * object is known, and in the kernel, which is one object. The same in every picture. */
unsigned palette_shade(const struct frame_table *frames, const struct frame *f);

/* What the legend calls a kind, "code" where all code has one colour. */
const char *palette_kind_label(const struct palette *p, enum frame_kind kind);

/* The colour of text on frames, and of the page and the text on it. */
extern const struct palette_colour palette_label, palette_page, palette_text,
	palette_muted, palette_warning;
