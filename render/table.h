/* The hottest functions, as a table for a terminal. */
#pragma once

#include "base/out.h"
#include "model/profile.h"
#include "model/run_info.h"

#include <stdbool.h>
#include <stddef.h>

struct table_options {
	size_t limit;  /* rows of each list, 0: all */
	bool by_total; /* one list by total, else by self ... */
	bool both;     /* ... or both lists, one after the other */
	size_t width;  /* columns of the terminal, 0: names are never cut */
};

/* Writes one or two lists of functions with their self and total shares, unit told in the
 * head. Equal values are ordered by name. */
void table_write(struct out *o, const struct profile *p, const struct run_info *c,
		 const struct table_options *options);
