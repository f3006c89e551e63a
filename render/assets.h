/* The picture's own script and style: what lies in assets/, as embed.cmake compiled it
 * in, without comments and indentation. */
#pragma once

#include <stddef.h>

struct asset {
	const char *data;
	size_t size;
};

extern const struct asset asset_script, asset_style;
