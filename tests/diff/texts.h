/* Test support: profiles of folded text, and functions of a comparison by their name. */
#pragma once

#include "diff/diff.h"

/* Initializes a profile with folded text, which has no bad lines. */
void profile_of_text(struct profile *p, const char *text);

/* The first function of that name, NULL if there is none. */
const struct function_change *function_named(const struct comparison *c,
					     const char *name);
