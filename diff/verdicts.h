/* What is known of each change of a comparison: intervals, probabilities, verdicts. */
#pragma once

#include "diff/quantities.h"
#include "diff/significance.h"

/* Tests what 'q' has chosen, on the runs' series, and fills in all changes and c->evidence but for
 * the times; functions stand in the order of the union's frames. */
void verdicts_make(struct comparison *c, const struct quantities *q,
		   const struct several_series *runs, double fdr);
