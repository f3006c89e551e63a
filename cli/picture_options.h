/* Options of all commands that draw, and the drawing of one loaded input. */
#pragma once

#include "cli/option_spec.h"
#include "flow/input_data.h"
#include "render/svg/svg.h"

/* Number of slices of time in a picture, at most. */
enum { PICTURE_SLICES = 100 };

struct picture_options {
	struct svg_options svg;
	/* Name of the quantity, NULL: as the input has it. */
	const char *unit;
};

/* For a group on a struct picture_options. */
extern const struct option_spec picture_option_specs[];

/* Draws the loaded input. Errors of 'out' show in out_commit(). */
void picture_draw(struct out *out, struct input_data *input,
		  const struct picture_options *o);
