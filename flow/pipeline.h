/* The way of data, from an input to a profile: every command is a cut of it. */
#pragma once

#include "flow/input_data.h"

/* Reads a recording, text or a picture that flame drew, "-" for stdin. -1 where nothing of it could be read; 'run'
 * is to be released in any case. */
int input_data_load(struct input_data *run, const char *path,
		    const struct load_options *options, struct error *err);
