/* Options of all commands that draw. */
#pragma once

#include "options/option_spec.h"

/* Number of slices of time in a picture, at most. */
enum { PICTURE_SLICES = 100 };

/* For a group on a struct output_options (flow/output/output_format.h). */
extern const struct option_spec picture_option_specs[];
