/* The lines of "perf script" text, split into their parts. All parts point into the
 * text. */
#pragma once

#include "fold/span.h"

#include <stdbool.h>
#include <stdint.h>

/* Sets 'line' to the line at '*text', without its LF or CRLF, and moves '*text' past
 * it. Returns false at 'end'. */
bool perf_script_next_line(const char **text, const char *end, struct span *line);

/* An event line. Missing parts are empty. */
struct event_line {
	struct span comm;
	struct span pid; /* "?" if the line has only one number: then that is the tid */
	struct span tid;
	struct span event;
	struct span frame;    /* the text after the event: a view of single addresses */
	uint64_t period;      /* 1 if the line has none */
	bool has_huge_period; /* 2^64 or more */
};

/* Splits an event line:
 *
 *     swapper     0 [000]  1234.567890:     250000 cpu-clock:
 *     my prog 12/13 [001] 99.000001: cycles:u:   401136 main (/bin/prog)
 *
 * Returns false if the line has no number after a command. */
bool perf_script_split_event(struct span line, struct event_line *e);

struct frame_line {
	struct span addr, name, module;
};

/* Splits the line of a frame, "ADDR NAME (MODULE)". A module may end in " (deleted)".
 * An empty name becomes one space. Returns false if the line has no address or no
 * module. */
bool perf_script_split_frame(struct span line, struct frame_line *f);

/* The name without the offset that perf prints after it: "main+0x1f" becomes "main". */
struct span perf_script_without_offset(struct span name);
