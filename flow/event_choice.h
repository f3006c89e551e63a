/* Chooses the event of a recording for which samples are counted. */
#pragma once

#include "base/error.h"
#include "flow/input_data.h"
#include "record/data/decode.h"

#include <stddef.h>
#include <stdint.h>

/* Instead of an event's index: the samples of all events are counted together. */
#define EVENT_CHOICE_ALL UINT32_MAX

/* The events of a recording and their numbers of samples; two arrays of 'n', at least
 * one. */
struct event_counts {
	const struct decode_event *events;
	const uint64_t *samples;
	size_t n;
};

/* Stores the index of the event called 'name' in '*event': "cycles" is also the name of
 * "cycles:u" and "cycles:ppp", and "all" is EVENT_CHOICE_ALL. Without a name (NULL) it is
 * the event with most samples. Returns -1 if no event has the name. */
int event_choice_find(const struct event_counts *counts, const char *name,
		      uint32_t *event, struct error *err);

/* Stores name, unit, frequency and number of samples of the event in data->run_info. If
 * several events were sampled and 'name' is NULL, a note about the choice is added. */
void event_choice_describe(const struct event_counts *counts, const char *name,
			   uint32_t event, struct input_data *data);
