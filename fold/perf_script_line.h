/* The lines of "perf script" text after the first one of a sample, split into their
 * parts. All parts point into the text. */
#pragma once

#include "fold/span.h"

#include <stdbool.h>

/* Sets 'line' to the line at '*text', without its LF or CRLF, and moves '*text' past
 * it. Returns false at 'end'. */
bool perf_script_next_line(const char **text, const char *end, struct span *line);

struct frame_line {
	struct span addr, name;
	struct span module; /* "[unknown]" if the line has none */
	bool has_module;
};

/* Splits the line of a frame, "ADDR NAME (MODULE)". The address is hexadecimal and ends
 * at a blank. A module may have balanced parentheses in it, such as " (deleted)". The
 * texts of "perf script -F" may lack the name and the module. A missing name is one space
 * before a module, else "[unknown]". Returns false if the line has no address. */
bool perf_script_split_frame(struct span line, struct frame_line *f);

/* Splits the frame after an event: "cycles:   401136 main (/bin/prog)". An address of
 * data before it is skipped, and the target of a branch after it ("=> ADDR NAME
 * (MODULE)"). 'payload' begins with the blanks after the event. Returns false if there is
 * no frame: without a module, perf's 16 columns show that the number is an address. */
bool perf_script_split_flat(struct span payload, struct frame_line *f);

/* Returns true for a line that "perf script -F" prints after the frames of a sample:
 * registers, branches, instructions. */
bool perf_script_is_extra(struct span line);

/* Returns true for "  main.c:12", "  main+33" and "  prog[1136]": the source line of the
 * frame before it. */
bool perf_script_is_source(struct span line);

/* The name without the offset that perf prints after it: "main+0x1f" becomes "main". */
struct span perf_script_without_offset(struct span name);
