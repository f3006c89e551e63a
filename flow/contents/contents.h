/* The facts about an input: gathers struct info (render/info.h). */
#pragma once

#include "flow/input_data.h"
#include "render/info.h"

/* Gathers the facts of an input of 'size' bytes (0: unknown) that was loaded from 'path'.
 * With load_options.completes the files of a recording were looked for. 'info' must be
 * zeroed; the caller releases it. 'data' and 'path' must outlive it. */
void contents_gather(struct info *info, const struct input_data *data, const char *path,
		     uint64_t size);
