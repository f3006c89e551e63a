/* Folded text, the format of stackcollapse-perf.pl and flamegraph.pl: one line for
 * each stack, the frames from the outermost to the innermost with ';' between them, a
 * space, and the number of samples. For example "nginx;main;ngx_worker_process_cycle
 * 42". */
#pragma once

#include "fold/text_format.h"

extern const struct text_format folded_format;

/* Returns true: any text may be folded. folded_read() counts the lines that are not. */
bool folded_knows(const char *text, size_t size);

/* Adds the lines of a folded text to the profile, as counts without weights. The
 * first frame of a line is its process. Lines may end in CRLF. Empty lines and
 * comments are skipped: lines that begin with "# " and more than a number, and lines
 * without a number that begin with '#'. Other lines without a number at their end, or
 * with a NUL byte, are broken. If numbers have fractions, all counts of the profile
 * are multiplied by the power of ten that makes them whole: a profile that has counts
 * already gets the same factor. 'options' may be NULL; no option applies. */
void folded_read(struct profile *p, const char *text, size_t size,
		 const struct text_read_options *options,
		 struct text_read_result *result);

/* Writes the profile, lines sorted by their bytes. Inlined frames are marked with "_[i]".
 * A ';' in a name becomes ':', a line break becomes a space, a space in the name of a
 * process becomes '_', and "# " at the start of a line becomes "#_". An empty name that
 * is a whole stack becomes "[unnamed]". Reading the text and writing it again gives the
 * same bytes. */
void folded_write(struct out *o, const struct profile *p,
		  const struct text_write_options *options);
