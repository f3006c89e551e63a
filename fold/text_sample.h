/* The fields of one sample of a text, as far as the text has them, and how a caller
 * chooses among samples. */
#pragma once

#include "fold/span.h"
#include "model/profile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TEXT_ROOTS_MAX = 8 };

/* The spans point into the text. Missing numbers are 0. */
struct text_sample {
	struct span comm;  /* empty: the text has none */
	struct span event; /* likewise; with its modifiers */
	uint32_t pid, tid, cpu;
	uint64_t time; /* ns, as the text counts */
	bool has_pid, has_tid, has_cpu, has_time;
};

/* Chooses samples and the roots of their stacks. A text_read_options with a selector
 * needs no 'pid' and 'tid'. */
struct text_selector {
	void *context;
	/* Stores up to TEXT_ROOTS_MAX frames, outermost first, in 'roots', and their
	 * number in '*n'. Returns false if the sample is not selected. Called once for
	 * each sample of the selected event, in the order of the text. */
	bool (*select)(void *context, const struct text_sample *sample, struct profile *p,
		       frame_id *roots, size_t *n);
};
