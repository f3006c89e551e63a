/* Applies a selection to inputs that are no recordings: to the samples of a text, as far
 * as the text has what the selection needs. */
#pragma once

#include "base/error.h"
#include "base/vec.h"
#include "flow/selection.h"
#include "fold/text_sample.h"

#include <stdbool.h>
#include <stdint.h>

/* Refuses a selection of processes, times, CPUs or roots by name, for an input that has
 * stacks only: "'x' has no CPUs (--cpu)". Returns 0 if the selection has none of
 * these. */
int text_selection_refuse(const struct selection *s, const char *input_name,
			  struct error *err);

/* Zero-initialize, then text_selection_begin(). */
struct text_selection {
	struct text_selector selector; /* for text_read_options */
	const struct selection *selection;
	unsigned needed, found; /* bits by number of 'enum text_field' */
	bool has_start;
	uint64_t start, last; /* ns: the times of the first and the last sample */
	size_t seen, matched; /* samples */
	VEC(char *) comms;    /* of samples whose process is not selected, each once */
};

/* Returns the selector of the samples, or NULL if the selection needs none. 's' must
 * outlive the text selection. */
const struct text_selector *text_selection_begin(struct text_selection *t,
						 const struct selection *s);

/* After the text was read: fails if no sample has a field that the selection needs.
 * Stores in *note, if samples have it but none was selected, a line with what there is;
 * mem_free() frees it. */
int text_selection_end(const struct text_selection *t, const char *input_name,
		       char **note, struct error *err);

void text_selection_release(struct text_selection *t);
