/* The events of one recording: the side band, and one or more events that sample. */
#pragma once

#include "base/out.h"
#include "base/vec.h"
#include "record/data/event_spec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialize. Records hold the id of their event (PERF_SAMPLE_IDENTIFIER) only if
 * there is more than one sampling event. */
struct event_specs {
	struct event_spec side_band;
	VEC(struct event_spec) sampling;
};

/* Replaces the events by the side band and 'n' known events, at least one. 'frequency'
 * and 'kernel' are those of event_spec_sample(). */
void event_specs_set(struct event_specs *s, const struct known_event *const *events,
		     size_t n, uint64_t frequency, bool kernel);

/* Calls event_spec_stacks() for all sampling events. */
void event_specs_stacks(struct event_specs *s, enum stacks stacks, uint32_t size);

/* Replaces the events of 'to' by a copy. */
void event_specs_copy(struct event_specs *to, const struct event_specs *from);

/* Returns the attr of the i-th sampling event for the file. A file has no attr of the
 * side band: the first attr has its flags, too, as if one event had made the records of
 * both. */
struct perf_event_attr event_specs_stored_attr(const struct event_specs *s, size_t i);

/* Writes the ids of the i-th sampling event for the file to 'out', unless that is NULL,
 * and returns their size in bytes. If there are several sampling events, the records of
 * the side band hold ids, too, which are written with those of the first event. */
size_t event_specs_stored_ids(const struct event_specs *s, size_t i, struct out *out);

void event_specs_release(struct event_specs *s);
