/* Compares recordings from before a change with recordings from after it. */
#pragma once

#include "diff/diff_run.h"
#include "model/comparison.h"

#include <stdbool.h>
#include <stddef.h>

struct diff_options {
	enum measure measure;
	bool is_time; /* amounts are seconds of CPU time */
	bool exact;   /* compare names byte by byte, see alias.h */
	bool objects; /* compare objects, too */
	bool by_self; /* sort by self, else by total and self */
	double fdr;   /* accepted share of false verdicts, 0 to 1 */
	/* the variance of the samples, as a multiple of that of independent ones; 0:
	 * estimated */
	double spread;
};

/* Fills 'c', which comparison_init() has initialised. There must be at least one run
 * of each side. If one run has no times, the times of the others are not used. The
 * same input gives the same result; exchanged sides give it mirrored. */
void diff_make(struct comparison *c, const struct diff_run *runs, size_t n,
	       const struct diff_options *options);
