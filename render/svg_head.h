/* What stands above the frames: the title, under which conditions the recording was made and
 * how good it is, and what the colours mean. */
#pragma once

#include "base/out.h"
#include "model/conditions.h"
#include "model/profile.h"

/* The picture's title where the caller has none. mem_free() ends it. */
char *svg_head_title(const struct conditions *c);

/* Writes the head for a picture of 'width' px in which 'total' samples are drawn; returns its
 * height in px. */
unsigned svg_head_write(struct out *o, const struct profile *p,
			const struct conditions *c, const char *title, uint64_t total,
			unsigned width);
