/* Conditions on a comparison that a pipeline fails on: "total(*inet_hash_connect) > +2%",
 * "self(*) > +5%", "total(f) < -100", "any". */
#pragma once

#include "base/error.h"
#include "model/comparison.h"

#include <stdbool.h>
#include <stddef.h>

struct fail_on {
	bool is_any;	     /* any verdict will do; else: */
	bool by_self;	     /* of the functions' self, else of their total */
	const char *pattern; /* for the name, not terminated; '*' stands for any bytes */
	size_t pattern_len;
	bool is_more;	 /* a difference above 'limit', else below */
	bool is_percent; /* in per cent points of the measure (comparison_point()), */
	double limit;	 /* else in the unit that is shown (comparison_scale()) */
};

/* Takes 'text' apart, which must outlive 'f'. -1 where it is none of the above. */
int fail_on_parse(struct fail_on *f, const char *text, struct error *err);

/* The first function of the comparison that fulfils the condition with a verdict on what was
 * asked of it; NULL: none does. */
const struct function_change *fail_on_find(const struct fail_on *f,
					   const struct comparison *c);
