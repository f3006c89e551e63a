/* The layout of a perf script text: the fields of its headers. "perf script -F" prints
 * any of them, the same ones for each sample of an event. So the readings that many lines
 * have in common are right where a command or a payload looks like other fields. */
#pragma once

#include "fold/perf_script_header.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LAYOUT_READINGS = 64, LAYOUT_WINDOW = 64 * 1024 /* bytes that are enough */ };

/* A reading that lines of the text have. */
struct layout_reading {
	unsigned fields;
	uint64_t event;	     /* hash of its name */
	uint32_t n;	     /* number of lines */
	uint32_t n_payloads; /* of them, those with a payload */
};

struct script_layout {
	/* the most frequent one first */
	struct layout_reading readings[LAYOUT_READINGS];
	size_t n_readings;
	size_t n_headers;	    /* that were learned from */
	bool has_colons;	    /* headers have a time or an event */
	bool has_no_headers;	    /* an empty line begins a sample */
	bool has_frames, has_names; /* of frames */
	bool has_near_frames;	    /* indented by blanks, not by a tab */
	/* lines of the text that fit the format, and others; empty lines and comments are
	 * neither */
	size_t n_fits, n_others;
};

/* Learns the layout from the beginning of a text, of which LAYOUT_WINDOW bytes are
 * read. */
void script_layout_learn(struct script_layout *l, const char *text, size_t size);

/* Stores the best reading of a header in 'h'. Returns false if the line is none. */
bool script_layout_read(const struct script_layout *l, struct span line,
			struct script_header *h);

/* Whether many lines that were learned from have the same fields. */
bool script_layout_has(const struct script_layout *l, const struct script_header *h);
