/* The head of a comparison's picture, above its frames: the finding in one sentence, the
 * facts of both sides and of the comparison, the functions that explain the change, and
 * the legend. */
#pragma once

#include "base/out.h"
#include "render/svg_diff.h"

/* Returns the title of a picture without a title in its options, from the names of SIDES
 * sides. The caller frees it with mem_free(). */
char *svg_diff_title(const struct svg_side *sides);

/* Writes the head of pic->diff; returns its height in pixels. */
unsigned svg_diff_head_write(struct out *o, const struct svg_picture *pic);
