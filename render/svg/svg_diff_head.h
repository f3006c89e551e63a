/* What stands above the frames of a comparison's picture: the finding in one sentence, what was
 * compared and how, on either side, the functions that explain it, and what colours mean. */
#pragma once

#include "base/out.h"
#include "render/svg_diff.h"

/* The picture's title where the caller has none. mem_free() ends it. */
char *svg_diff_title(const struct svg_side *sides);

/* Writes the head; returns its height in px. */
unsigned svg_diff_head_write(struct out *o, const struct svg_picture *pic);
