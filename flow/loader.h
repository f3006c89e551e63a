/* A recording -> its profile: the two passes, and names for what they found. */
#pragma once

#include "flow/input_data.h"

/* Loads the recording at 'path' into 'run', which was just initialised. -1 where nothing of it
 * could be read; damage behind its start is in 'run'. */
int load_recording(struct input_data *run, const char *path,
		   const struct load_options *options, struct error *err);
