/* A line for the user about a selection that no sample of a recording fits. */
#pragma once

#include "flow/counter.h"

/* 'c' has counted the samples of 'input', and none was selected. If processes were
 * selected, counts the recording once more, and names the processes with most samples;
 * else states how long the samples last. mem_free() frees the line. */
char *unmatched_note(const struct counter *c, const struct counter_input *input);
