/* The picture's own script and style: what lies in assets/, as embed.cmake compiled it
 * in, without comments and indentation. */
#pragma once

#include <stddef.h>

struct asset {
	const char *data;
	size_t size;
};

/* The script is asset_script, then asset_diff if it is a comparison's, then asset_start. */
extern const struct asset asset_script, asset_diff, asset_start, asset_style;
