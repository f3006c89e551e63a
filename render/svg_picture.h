/* What a picture is made of, for those who write its parts. */
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
	const struct timeline *timeline; /* NULL: not known */
	const struct svg_diff *diff;	 /* NULL: it is no comparison */
	const struct layout *layout;
	const struct run_info *run_info;
	const struct palette *palette;
	const char *title, *subtitle; /* the second one may be NULL */
	unsigned width;		      /* px */
	uint32_t kinds;		      /* that the profile has: bits by enum frame_kind */
};
