/* Compares recordings before with recordings after something. */
#pragma once

#include "diff/diff_run.h"
#include "model/comparison.h"

#include <stdbool.h>
#include <stddef.h>

struct diff_options {
	enum measure measure;
	bool is_time; /* units are seconds of CPU time */
	bool exact;   /* names are compared to the letter, see alias.h */
	bool objects; /* and their objects too */
	bool by_self; /* the most important first is by self, else by total and self */
	double fdr;   /* the share of false verdicts that is accepted */
};

/* Fills 'c', which was just initialised. There is at least one run of each side. Where one of the
 * runs has no times, those of the others are not used. The same input gives the same result, and
 * sides that are exchanged give it mirrored. */
void diff_make(struct comparison *c, const struct diff_run *runs, size_t n,
	       const struct diff_options *options);
