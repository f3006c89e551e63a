/* Options of all commands that load an input: which samples count, where their stacks
 * begin, what the format of the input is. */
#pragma once

#include "options/option_spec.h"

/* For a group on a struct load_options. */
extern const struct option_spec load_option_specs[];
