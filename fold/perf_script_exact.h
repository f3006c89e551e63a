/* The text of perf script, read as stackcollapse-perf.pl reads it: what this script drops
 * is dropped, and what it does not know is no event. */
#pragma once

#include "fold/text_format.h"

/* As perf_script_read(), with options->exact. A sample ends at an empty line only. The
 * event is a word before the end of a header; samples without one always count. */
void perf_script_exact_read(struct profile *p, const char *text, size_t size,
			    const struct text_read_options *options,
			    struct text_read_result *result);
