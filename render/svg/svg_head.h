/* What stands above the frames: the title, under which conditions the recording was made and
 * how good it is, and what the colours mean. */
#pragma once

#include "base/out.h"
#include "render/svg_picture.h"

/* The picture's title where the caller has none. mem_free() ends it. */
char *svg_head_title(const struct run_info *c);

/* Writes the head; returns its height in px. */
unsigned svg_head_write(struct out *o, const struct svg_picture *pic);
