/* The text that "perf script" prints, read as stackcollapse-perf.pl reads it. A sample
 * is one event line (command, pid or pid/tid, optionally CPU, time, period and event),
 * then one line for each frame, innermost first, then an empty line. */
#pragma once

#include "fold/text_format.h"

extern const struct text_format perf_script_format;

/* Returns true if the first lines that are neither empty nor comments are an event
 * line and a frame. */
bool perf_script_knows(const char *text, size_t size);

/* Adds the samples to the profile. Counts are samples; weights are periods, or 1 for a
 * sample without a period. A line that is neither empty, nor a comment, nor an event
 * line, nor a frame of a sample is broken. */
void perf_script_read(struct profile *p, const char *text, size_t size,
		      const struct text_read_options *options,
		      struct text_read_result *result);
