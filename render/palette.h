/* The colours of frames: a hue for each kind of code, or one for all code, and a shade
 * for each object, in a light and a dark theme. */
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
	/* the hue of all code; FRAME_ROOT: each kind has its own */
	uint8_t hue;
};

/* The palette of that name, "kind" or one of flamegraph.pl's, or NULL. */
const struct palette *palette_named(const char *name);

/* The name of palette 'i', from 0 on, "kind" first; NULL after the last one. */
const char *palette_name(size_t i);

/* The colour of a frame; 'shade' is below PALETTE_SHADES. Frames that are no code or
 * have no name are grey in every palette. */
const struct palette_colour *palette_colour(const struct palette *p, enum frame_kind kind,
					    unsigned shade);

/* The shade of a frame, below PALETTE_SHADES, from a hash of its object, or of its
 * name if the object is unknown or the kernel. It is the same in every picture. */
unsigned palette_shade(const struct frame_table *frames, const struct frame *f);

/* The name of a kind in the legend; "code" if all code has one colour. */
const char *palette_kind_label(const struct palette *p, enum frame_kind kind);

/* The colours of text on frames, of the page, and of the text on the page. */
extern const struct palette_colour palette_label, palette_page, palette_text,
	palette_muted, palette_warning;
