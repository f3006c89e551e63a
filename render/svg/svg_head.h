/* The head of a profile's picture, above its frames: the title, the circumstances and the
 * quality of the recording, and the legend of colours. */
#pragma once

#include "base/out.h"
#include "render/svg_picture.h"

/* Returns the title of a picture without a title in its options. The caller frees it with
 * mem_free(). */
char *svg_head_title(const struct run_info *c);

/* Writes the head; returns its height in pixels. */
unsigned svg_head_write(struct out *o, const struct svg_picture *pic);
