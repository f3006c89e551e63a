/* The results of a comparison, for a terminal and for programs. */
#pragma once

#include "base/out.h"
#include "model/comparison.h"

#include <stdbool.h>
#include <stddef.h>

struct changes_options {
	/* functions, 0: all; see changes_write_table() for those of one side */
	size_t limit;
	/* the numbers of the table are self values, else totals */
	bool by_self;
	/* columns of the terminal, 0: names are never truncated */
	size_t width;
	/* CSV for spreadsheets (quote_csv_safe()) */
	bool csv_safe;
};

/* Writes a table of the functions that changed, in the order of the comparison, after
 * a head with both sides and the evidence. A function that has 1 % of one side and
 * does not exist on the other always has a line, regardless of its verdict and the
 * limit. */
void changes_write_table(struct out *o, const struct comparison *c,
			 const struct changes_options *options);

/* Writes everything as JSON, or the functions as CSV: the first 'limit' functions (0:
 * all) in the order of the comparison. docs/diff.md describes the fields. 'is_safe': for
 * spreadsheets (quote_csv_safe()). */
void changes_write_json(struct out *o, const struct comparison *c, size_t limit);
void changes_write_csv(struct out *o, const struct comparison *c, size_t limit,
		       bool is_safe);
