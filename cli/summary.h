/* The end of flame record: figures, the hottest functions, and the files that were
 * written. */
#pragma once

#include "flow/input_data.h"

#include <stdint.h>

struct summary {
	const char *recording; /* paths of the files */
	const char *svg;       /* NULL: no picture was drawn */
	uint64_t size;	       /* of the recording, in bytes; 0: unknown */
	uint64_t own_cpu;      /* CPU time of flame's other processes, in ns */
};

/* Prints figures on stderr, and the hottest functions and the path of the picture on
 * stdout. Returns -1 with *err filled if stdout cannot be written. */
int summary_write(const struct summary *s, const struct input_data *data,
		  struct error *err);
