/* The picture's script and style, as embed.cmake made them of the files in assets/:
 * minified if esbuild was there. */
#pragma once

#include <stddef.h>

struct asset {
	const char *data;
	size_t size;
};

/* The scripts of a profile, of a profile with times, and of a comparison; the style, and
 * the addition to it in a comparison. None contains "]]>", so each fits into a CDATA
 * section. */
extern const struct asset asset_script, asset_timed_script, asset_diff_script,
	asset_style, asset_diff_style;
