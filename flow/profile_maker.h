/* Builds the profile and the timeline of a recording from its counted callchains. */
#pragma once

#include "flow/chain_frames.h"
#include "flow/counter.h"
#include "flow/input_data.h"
#include "flow/selection.h"
#include "flow/truncated_stacks.h"

#include <stdbool.h>

struct profile_maker {
	const struct counter *counter;	   /* callchains, their roots and slices */
	const struct selection *selection; /* chooses the frames of a root */
	struct chain_frames *frames;
	bool keeps_idle; /* stacks of idle CPUs are part of the profile */
};

/* Folds each callchain into data->profile, under the frames of its root. Adds the numbers
 * of idle, unknown, truncated and broken samples to data->run_info, and counts truncated
 * stacks by root in 'truncated'. Fills data->timeline if the counter has slices. */
void profile_maker_run(const struct profile_maker *maker, struct input_data *data,
		       struct truncated_stacks *truncated);
