/* The unit of folded text. */
#pragma once

#include "base/error.h"
#include "flow/input_data.h"
#include "fold/text_format.h"

enum folded_unit {
	FOLDED_SAMPLES,
	FOLDED_TIME,
	FOLDED_EVENTS,
	/* Samples; events for an input whose format folds weights, such as perf script
	 * text. */
	FOLDED_DEFAULT,
};

/* Sets the options for an input. 'event' is the selected event, NULL: none was named.
 * Returns -1 with *err filled if the input has no numbers in this unit. */
int folded_unit_choose(struct text_write_options *options, enum folded_unit unit,
		       const struct input_data *input, const char *event,
		       struct error *err);
