/* The text that "perf script" prints -> a profile, with the reading of stackcollapse-perf.pl:
 * an event line with command, pid or pid/tid, perhaps CPU and time, perhaps a period and the
 * event; then a line for each frame, innermost first; then an empty line. */
#pragma once

#include "base/error.h"
#include "model/profile.h"

#include <stdbool.h>
#include <stddef.h>

struct perf_script_options {
	bool pid, tid; /* in the name of the process: comm-PID, comm-PID/TID */
	bool addrs;    /* in the names of frames without one */
	/* To the letter as stackcollapse-perf.pl: a last sample without an empty line behind it
	 * is dropped, the escapes of half-demangled Rust stay. */
	bool exact;
	const char
		*event; /* only samples of this event; NULL: of the first that is met */
};

/* What was met on the way. */
struct perf_script_result {
	char event[64];	       /* the event that was taken, "" where none was named */
	bool has_other_events; /* samples of others were passed over */
	size_t bad_lines;      /* that are neither; they were passed over ... */
	size_t first_bad_line; /* ... and where the first one is, from 1 up */
};

/* Adds the samples to the profile: counts are samples, weights are periods (1 where there are
 * none). */
void perf_script_read(struct profile *p, const char *text, size_t size,
		      const struct perf_script_options *options,
		      struct perf_script_result *result);

/* Whether a text looks like it: its first lines that say something are an event line and a
 * frame. */
bool perf_script_knows(const char *text, size_t size);
