/* Lines about names that are missing, for the user: at most 20 of files, 20 of debug
 * files and files with other build ids, 20 of files that are too large, one of time, and
 * one of the kernel. */
#pragma once

#include "base/vec.h"
#include "model/dso_trouble.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialize. 'until' and 'hurry' may be set; fields after the blank line are
 * private. */
struct symbol_notes {
	VEC(char *) lines;
	/* the end of the time for names, 0: never; and whether a second signal has
	 * arrived, the caller's, NULL: none can */
	uint64_t until;
	const atomic_bool *hurry;

	/* including those beyond the limit */
	size_t n_troubles, n_refused, n_memory;
	bool has_kernel, has_late;
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

/* Adds a line about 'other', which is at the place of the file 'path' and has another
 * build id. */
void symbol_notes_other(struct symbol_notes *n, const char *path, const char *other);

/* Adds a line about a program whose names or DWARF need more memory than there is. */
void symbol_notes_memory(struct symbol_notes *n, const char *path);

/* Adds lines, which it takes from the array: *n_lines is 0 then. */
void symbol_notes_take(struct symbol_notes *n, char *const *lines, size_t *n_lines);

/* Whether time or signal have ended the search for names. */
bool symbol_notes_is_late(const struct symbol_notes *n);

/* Adds a line about the first file that was not named in time, or before that signal. */
void symbol_notes_late(struct symbol_notes *n, const char *path);

/* Adds the reason why the kernel has no names, the first time; "": none. */
void symbol_notes_kernel(struct symbol_notes *n, const char *why);
