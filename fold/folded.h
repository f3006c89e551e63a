/* Folded text: a line for each stack, frames from the outermost on with ';' between them, a
 * space and the number of samples: "nginx;main;ngx_worker_process_cycle 42". */
#pragma once

#include "base/error.h"
#include "base/out.h"
#include "model/profile.h"

#include <stdbool.h>
#include <stddef.h>

struct folded_options {
	bool kernel, jit; /* mark such frames with "_[k]", "_[j]" */
	bool weights;	  /* write weights instead of numbers of samples */
};

/* Writes the profile, lines sorted by their bytes; inlined frames are marked with "_[i]". A ';'
 * in a name becomes ':', a line break becomes a space, a space in the name of a process
 * becomes '_'. */
void folded_write(struct out *o, const struct profile *p,
		  const struct folded_options *options);

/* Adds the lines of a folded text to the profile, as counts. The first frame of a line is its
 * process. CRLF is understood, empty lines and those that begin with '#' are passed over.
 * Returns how many lines are no folded stacks; the first of them, from 1 up, is in
 * '*first_bad' then. */
size_t folded_read(struct profile *p, const char *text, size_t size, size_t *first_bad);
