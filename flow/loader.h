/* Loads a recording: joins the two passes over it (side_band_pass.h, counter.h), the
 * search for names (chain_frames.h) and the making of the profile (profile_maker.h). */
#pragma once

#include "base/error.h"
#include "flow/input_data.h"

/* Adds the recording at 'path' to 'data', which must be initialized and empty. Returns -1
 * if nothing could be read, or if the recording lacks the selected event. Damage after
 * the beginning is no failure: it is stored in data->damage. Any number of recordings may
 * be loaded at once, in one thread each. */
int load_recording(struct input_data *data, const char *path,
		   const struct load_options *options, struct error *err);
