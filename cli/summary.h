/* The end of flame record: figures, the hottest functions, and the files that were written. */
#pragma once

#include "flow/input_data.h"

struct summary {
	/* Path of the recording. */
	const char *recording;
	/* Path of the picture, NULL: none was drawn. */
	const char *svg;
};

/* Prints figures on stderr, and the hottest functions and the path of the picture on stdout.
 * Returns -1 with *err filled if stdout cannot be written. */
int summary_write(const struct input_data *data, const struct summary *summary,
		  struct error *err);
