/* Folded text, the format of stackcollapse-perf.pl and flamegraph.pl: one line for
 * each stack, the frames from the outermost to the innermost with ';' between them, a
 * space, and the number of samples. For example "nginx;main;ngx_worker_process_cycle
 * 42". */
#pragma once

#include "fold/text_format.h"

extern const struct text_format folded_format;

/* Returns true: any text may be folded. folded_read() counts the lines that are not. */
bool folded_knows(const char *text, size_t size);

/* Adds the lines of a folded text to the profile, as counts without weights. The first
 * frame of a line is its process. Lines may end in CRLF; empty lines and comments
 * (lines that begin with '#') are skipped. A line without a number at its end, or with
 * a NUL byte, is broken. The fraction of a number is cut off. 'options' may be NULL;
 * no option applies. */
void folded_read(struct profile *p, const char *text, size_t size,
		 const struct text_read_options *options,
		 struct text_read_result *result);

/* Writes the profile, lines sorted by their bytes. Inlined frames are marked with
 * "_[i]". A ';' in a name becomes ':', a line break becomes a space, a space in the
 * name of a process becomes '_'. */
void folded_write(struct out *o, const struct profile *p,
		  const struct text_write_options *options);
