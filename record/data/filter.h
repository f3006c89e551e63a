/* Which events a cursor yields. A zeroed filter yields all events. */
#pragma once

#include "model/event.h"

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdint.h>

enum filter_records {
	FILTER_ALL,
	FILTER_SIDE_BAND, /* everything but samples */
	FILTER_SAMPLES,
};

struct filter {
	enum filter_records records;

	/* For samples only: the event that they belong to. */
	bool has_event;
	uint32_t event; /* index in the recording */
};

/* Whether the filter yields samples of the event, an index in the recording. */
static inline bool filter_has_samples_of(const struct filter *f, uint32_t event)
{
	return f->records != FILTER_SIDE_BAND && (!f->has_event || f->event == event);
}

/* Whether the filter yields records that are no samples. */
static inline bool filter_has_side_band(const struct filter *f)
{
	return f->records != FILTER_SAMPLES;
}
