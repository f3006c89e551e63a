/* Conditions on a comparison that make a pipeline fail: "total(*inet_hash_connect) >
 * +2%", "self(*) > +5%", "total(f) < -100", "any". */
#pragma once

#include "base/error.h"
#include "model/comparison.h"

#include <stdbool.h>
#include <stddef.h>

struct fail_on {
	bool is_any;	     /* any verdict fulfils it; then the other fields are 0 */
	bool by_self;	     /* of the functions' self, else of their total */
	const char *pattern; /* for the name, not terminated; '*' matches any bytes */
	size_t pattern_len;
	bool is_more;	 /* differences above 'limit' fulfil it, else those below */
	bool is_percent; /* 'limit' is in percentage points (comparison_point()), */
	double limit;	 /* else in the unit of the table (comparison_scale()) */
};

/* Parses 'text', which must outlive 'f'. Returns -1 if it is no such condition. */
int fail_on_parse(struct fail_on *f, const char *text, struct error *err);

/* Returns the first function of the comparison that fulfils the condition and has a
 * verdict for the value in question, or changed by the factor of most functions; or
 * NULL. The condition "any" needs a verdict. */
const struct function_change *fail_on_find(const struct fail_on *f,
					   const struct comparison *c);

/* Describes a function that fulfils the condition: "total of NAME: 1.2 -> 3.4 %, more".
 * mem_free() frees the text. */
char *fail_on_describe(const struct fail_on *f, const struct comparison *c,
		       const struct function_change *fn);
