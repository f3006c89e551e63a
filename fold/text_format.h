/* A text format that holds stacks: its name and its functions. fold/text_formats.h has
 * the table of all formats. */
#pragma once

#include "base/out.h"
#include "model/profile.h"

#include <stdbool.h>
#include <stddef.h>

/* Options of all readers. A reader ignores the options that its format has no data
 * for: folded text has neither pids nor addresses nor events. Zero-initialize for the
 * defaults. */
struct text_read_options {
	bool pid, tid; /* name the process comm-PID, or comm-PID/TID */
	bool addrs;    /* name a frame without a symbol by its module and its address */
	/* Do exactly as stackcollapse-perf.pl: drop a last sample that no empty line
	 * follows, keep the escapes of half-demangled Rust names. */
	bool exact;
	/* Read samples of this event only. NULL: of the first event in the text. */
	const char *event;
};

/* Facts about a text that was read. */
struct text_read_result {
	/* The event of the samples that were read, cut to fit; "": the text names
	 * none. */
	char event[64];
	bool has_other_events; /* samples of other events were skipped */
	size_t bad_lines;      /* lines that were skipped because they are broken */
	size_t first_bad_line; /* number of the first one, from 1 up; 0: there is none */
	/* Number of the line at which the counts or weights of the text reach 2^64; 0:
	 * they do not. Nothing after it was read. */
	size_t overflow_line;
};

/* Options of all writers. Zero-initialize for the defaults. */
struct text_write_options {
	bool kernel, jit; /* mark kernel frames with "_[k]", JIT frames with "_[j]" */
	bool weights;	  /* write weights instead of numbers of samples */
	/* keep spaces in names of processes: they come from folded text */
	bool process_blanks;
};

struct text_format {
	const char *name;      /* as the user gives it: "folded" */
	const char *line_name; /* one line of the format, for messages: "folded stack" */

	/* Returns true if a text looks like this format. */
	bool (*knows)(const char *text, size_t size);

	/* Adds all stacks of a text to 'p'. Never fails: it skips and counts broken
	 * lines. Sets all of 'result'. 'p' keeps no pointer into 'text'. */
	void (*read)(struct profile *p, const char *text, size_t size,
		     const struct text_read_options *options,
		     struct text_read_result *result);

	/* Writes the profile. The same profile gives the same bytes. NULL: flame does
	 * not write this format. */
	void (*write)(struct out *o, const struct profile *p,
		      const struct text_write_options *options);
};
