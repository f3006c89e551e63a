/* Chooses the event of a recording for which samples are counted. */
#pragma once

#include "base/error.h"
#include "flow/input_data.h"
#include "record/data/decode.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Instead of an event's index: the samples of all events are counted together. */
#define EVENT_CHOICE_ALL UINT32_MAX

/* The samples that are counted. A hybrid CPU has a PMU for each kind of its CPUs, and
 * perf records one event as several: cpu_core/cycles/ and cpu_atom/cycles/. */
struct event_choice {
	uint32_t event;	  /* index, or EVENT_CHOICE_ALL */
	bool of_all_pmus; /* also the same event of other PMUs */
};

/* The events of a recording and their numbers of samples; two arrays of 'n', at least
 * one. */
struct event_counts {
	const struct decode_event *events;
	const uint64_t *samples;
	size_t n;
};

/* Chooses the event called 'name': "cycles" is also the name of "cycles:u", "cycles:ppp"
 * and of "cpu_core/cycles:ppp/" together with the same event of other PMUs, and "all" is
 * EVENT_CHOICE_ALL. "cpu_core/cycles" is the event of this PMU alone. Without a name
 * (NULL) it is the event with most samples, of all PMUs. Returns -1 if no event has the
 * name. */
int event_choice_find(const struct event_counts *counts, const char *name,
		      struct event_choice *choice, struct error *err);

/* Whether the samples of an event are counted. 'events' are those of the recording. */
bool event_choice_has(const struct event_choice *choice,
		      const struct decode_event *events, uint32_t event);

/* Adds all events to data->events. Stores name, unit, frequency and number of samples of
 * the event in data->run_info. If several events were sampled and 'name' is NULL, a note
 * about the choice is added. */
void event_choice_describe(const struct event_counts *counts, const char *name,
			   const struct event_choice *choice, struct input_data *data);
