/* Everything that one picture shows: the input of the modules that write its parts. */
#pragma once

#include "model/profile.h"
#include "model/run_info.h"
#include "model/timeline.h"
#include "render/layout.h"
#include "render/palette.h"

#include <stdint.h>

enum { SVG_MARGIN = 10 }; /* px left and right of everything */

struct svg_diff;

struct svg_picture {
	const struct profile *profile;
	/* NULL if the times are unknown */
	const struct timeline *timeline;
	/* NULL unless it is a comparison */
	const struct svg_diff *diff;
	const struct layout *layout;
	const struct run_info *run_info;
	const struct palette *palette;
	/* subtitle may be NULL */
	const char *title, *subtitle;
	/* px */
	unsigned width;
	/* kinds of frames in the profile: 1 << enum frame_kind for each */
	uint32_t kinds;
};
