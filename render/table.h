/* The hottest functions, as a table for a terminal. */
#pragma once

#include "base/out.h"
#include "model/profile.h"
#include "model/run_info.h"

#include <stdbool.h>
#include <stddef.h>

struct table_options {
	/* rows of each list, 0: all */
	size_t limit;
	/* one list by total, else by self */
	bool by_total;
	/* both lists, by self first; 'by_total' is ignored */
	bool both;
	/* columns of the terminal, 0: names are never truncated */
	size_t width;
	/* CSV for spreadsheets (quote_csv_safe()) */
	bool csv_safe;
};

/* Writes one or two lists of functions with their self and total shares, after a line
 * with the unit. Functions with equal values are ordered by name. */
void table_write(struct out *o, const struct profile *p, const struct run_info *c,
		 const struct table_options *options);

/* Writes a header and a line for each function, in CSV: name, object, samples of the
 * function itself, samples of the function and all that it called; the largest total
 * first. */
void table_write_csv(struct out *o, const struct profile *p,
		     const struct table_options *options);
