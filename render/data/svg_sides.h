/* The two sides of a comparison in a picture's data. docs/picture-format.md describes
 * the bytes. */
#pragma once

#include "base/out.h"
#include "render/svg_picture.h"

#include <stddef.h>
#include <stdint.h>

/* Writes pic->diff, which is not NULL. 'number' has the number of each frame_id in the
 * data, below 'n_frames', or UINT32_MAX for frames that are not in the data. */
void svg_sides_write(struct out *o, const struct svg_picture *pic, const uint32_t *number,
		     size_t n_frames);
