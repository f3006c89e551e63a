/* Folded text: a line for each stack, frames from the outermost on with ';' between them, a
 * space and the number of samples: "nginx;main;ngx_worker_process_cycle 42". */
#pragma once

#include "base/error.h"
#include "base/out.h"
#include "model/profile.h"

#include <stddef.h>

/* Writes the profile, lines sorted by their bytes. A ';' in a name becomes ':', a line break
 * becomes a space, a space in the name of a process becomes '_'. */
void folded_write(struct out *o, const struct profile *p);

/* Adds the lines of a folded text to the profile. The first frame of a line is its process.
 * -1 at the first line that is none, with its number; what stands before it is taken. CRLF is
 * understood, empty lines and those that begin with '#' are passed over. */
int folded_read(struct profile *p, const char *text, size_t size, struct error *err);
