/* Lines about names that are missing, for the user: at most 20 of files, 20 of debug
 * files, and one of the kernel. */
#pragma once

#include "base/vec.h"
#include "model/dso_trouble.h"

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialize. Fields after the blank line are private. */
struct symbol_notes {
	VEC(char *) lines;

	size_t n_troubles, n_refused; /* including those beyond the limit */
	bool has_kernel;
};

void symbol_notes_release(struct symbol_notes *n);

/* Adds a line about a file that could not be opened. 'was_kept': it should have been
 * kept open while the recording was taken. Files of recordings made elsewhere are
 * often missing; they get a line only if another file is at their path. DSO_NO_TROUBLE
 * and DSO_UNVERIFIED add nothing. */
void symbol_notes_trouble(struct symbol_notes *n, const char *path, enum dso_trouble why,
			  bool was_kept);

/* Adds a line about 'refused', the debug file of another program than 'path'. */
void symbol_notes_refused(struct symbol_notes *n, const char *path, const char *refused);

/* Adds the reason why the kernel has no names, the first time. */
void symbol_notes_kernel(struct symbol_notes *n, const char *why);
