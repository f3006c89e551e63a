/* Tests all changes of a comparison: intervals, probabilities, verdicts. */
#pragma once

#include "diff/quantities.h"
#include "diff/significance.h"

/* Tests the quantities of 'q' with the series of all runs. Fills in all changes, and
 * c->evidence except its length of a slice. The functions must be in the order of the
 * union's frames. */
void verdicts_make(struct comparison *c, const struct quantities *q,
		   const struct several_series *runs, double fdr);
