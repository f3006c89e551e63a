/* The end of flame record: figures, the hottest functions, and the files that were
 * written. */
#pragma once

#include "flow/input_data.h"

/* Prints figures on stderr, and the hottest functions and the path of the picture on
 * stdout. 'recording' and 'svg' are the paths of both files; 'svg' is NULL if no
 * picture was drawn. Returns -1 with *err filled if stdout cannot be written. */
int summary_write(const struct input_data *data, const char *recording, const char *svg,
		  struct error *err);
