/* What a user is told at the end of a recording. */
#pragma once

#include "flow/input_data.h"

#include <stdint.h>

struct summary {
	const char *recording;
	const char *svg; /* NULL: none was drawn */
};

/* Figures on stderr; the hottest functions, and which picture to open, on stdout. */
int summary_write(const struct input_data *run, const struct summary *summary,
		  struct error *err);
