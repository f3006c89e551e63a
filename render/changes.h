/* What a comparison found, for a terminal and for machines. */
#pragma once

#include "base/out.h"
#include "model/comparison.h"

#include <stdbool.h>
#include <stddef.h>

struct changes_options {
	size_t limit; /* functions, 0: all; what exists on one side only is not cut off, see below */
	bool by_self; /* the table's figures are of self, else of total */
	size_t width; /* columns of the terminal, 0: names are never cut */
};

/* Writes a table of the functions that changed, in the order of the comparison, under a head that
 * says what was compared and what the evidence is. A function that takes 1 % of one side and does
 * not exist on the other always has its line, whatever its verdict and the limit. */
void changes_write_table(struct out *o, const struct comparison *c,
			 const struct changes_options *options);

/* Everything as JSON, or the functions as CSV: all of them up to the limit, in the order of the
 * comparison. docs/diff.md describes the fields. */
void changes_write_json(struct out *o, const struct comparison *c, size_t limit);
void changes_write_csv(struct out *o, const struct comparison *c, size_t limit);
