/* The picture's own script and style: assets/flame.js and assets/flame.css as embed.cmake
 * compiled them in, without their comments and indentation. */
#pragma once

#include <stddef.h>

struct asset {
	const char *data;
	size_t size;
};

extern const struct asset asset_script, asset_style;
