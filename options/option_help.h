/* Options as lines of a help page. */
#pragma once

#include "base/out.h"
#include "options/option_spec.h"

/* Writes the groups, an entry without specs ends them: each with its title and a
 * paragraph for each option, its names and its meaning, wrapped at 80 columns. Leaves out
 * options without a meaning and those that an earlier group hides. */
void option_help_write(struct out *out, const struct option_group *groups);
