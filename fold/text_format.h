/* A text format that holds stacks: its name and its functions. fold/text_formats.h has
 * the table of all formats. */
#pragma once

#include "base/out.h"
#include "base/strtab.h"
#include "base/vec.h"
#include "fold/text_sample.h"
#include "model/profile.h"
#include "model/timeline.h"

#include <stdbool.h>
#include <stddef.h>

/* Options of all readers. A reader ignores the options that its format has no data
 * for: folded text has neither pids nor addresses nor events. Zero-initialize for the
 * defaults. */
struct text_read_options {
	bool pid, tid; /* name the process comm-PID, or comm-PID/TID */
	bool addrs;    /* name a frame without a symbol by its module and its address */
	bool lines;    /* add file and line to the names, where the text has them */
	/* Do exactly as stackcollapse-perf.pl: drop a last sample that no empty line
	 * follows, keep the escapes of half-demangled Rust names, and so on. */
	bool exact;
	/* Read samples of this event only (event_name.h); "all": of every event. NULL: of
	 * the first event in the text. */
	const char *event;
	/* Returns the readable form of a mangled name, or NULL; mem_free() frees it.
	 * NULL: mangled names stay. */
	char *(*demangle)(const char *name);
	/* NULL: all samples, under the name of their process */
	const struct text_selector *selector;
	/* Filled with at most so many slices, if all samples have times. NULL: no
	 * timeline. */
	struct timeline *timeline;
	uint32_t slices;
};

#define TEXT_EVENT_ALL UINT32_MAX

/* Facts about a text that was read. text_read_result_release() frees it. */
struct text_read_result {
	/* All events of the text in their order, from id 1 up, and the number of samples
	 * of each, by id. Samples without an event have id 0. */
	struct strtab events;
	VEC(uint64_t) event_samples;
	/* Id of the event that was read, or TEXT_EVENT_ALL. 0: the text names none, or
	 * not the one of the options. */
	uint32_t event;
	bool has_other_events; /* samples of other events were skipped */
	/* Lines that are stacks, and how many of these have another number before the
	 * count. Of folded text only. */
	size_t good_lines, two_column_lines;
	/* Counts with fractions are multiplied by this power of ten. */
	uint8_t decimals;
	size_t bad_lines;      /* lines that were skipped because they are broken */
	size_t first_bad_line; /* number of the first one, from 1 up; 0: there is none */
	/* Number of the line at which the counts or weights of the text reach 2^64; 0:
	 * they do not. Nothing after it was read. */
	size_t overflow_line;
};

void text_read_result_release(struct text_read_result *r);

/* Returns the name of the event that was read, "" if there is none. */
const char *text_read_result_event(const struct text_read_result *r);

/* Returns the number of events that have samples. */
size_t text_read_result_events(const struct text_read_result *r);

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
