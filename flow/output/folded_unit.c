#include "flow/output/folded_unit.h"

#include "flow/input_format.h"

#include <string.h>

/* Perf script text is folded as stackcollapse-perf.pl does, by period. */
static enum folded_unit default_unit(const struct input_data *input)
{
	return input->format->folds_weights && input->has_weights ? FOLDED_EVENTS
								  : FOLDED_SAMPLES;
}

int folded_unit_choose(struct text_write_options *options, enum folded_unit unit,
		       const struct input_data *input, const char *event,
		       struct error *err)
{
	if (unit == FOLDED_DEFAULT)
		unit = default_unit(input);
	options->weights = unit != FOLDED_SAMPLES;
	if (unit == FOLDED_SAMPLES)
		return 0;
	if (!input->has_weights)
		return error_set(err,
				 "the %s has only numbers of samples (--unit samples)",
				 input->format->noun);
	if (unit == FOLDED_TIME && !input->run_info.weight_is_time)
		return error_set(err, "%s does not count time (--unit events)",
				 input->run_info.event ? input->run_info.event
						       : "the event");
	if (event && strcmp(event, "all") == 0)
		return error_set(
			err, "different events can only be added with --unit samples");
	return 0;
}
