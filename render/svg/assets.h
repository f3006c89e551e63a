/* The picture's own script and style: what lies in assets/, as embed.cmake compiled it
 * in: minified, where esbuild was there. */
#pragma once

#include <stddef.h>

struct asset {
	const char *data;
	size_t size;
};

/* The scripts of a profile, of one whose samples have times, and of a comparison; the style, and what
 * comes behind it in a comparison. */
extern const struct asset asset_script, asset_timed_script, asset_diff_script,
	asset_style, asset_diff_style;
