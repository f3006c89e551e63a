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

/* Replaces the events by the side band and the 'n' known events, with
 * event_spec_sample(). 'n' must not be 0. */
void event_specs_set(struct event_specs *s, const struct known_event *const *events,
		     size_t n, uint64_t frequency, bool kernel);

/* event_spec_stacks() for all sampling events. */
void event_specs_stacks(struct event_specs *s, enum stacks stacks, uint32_t size);

/* Replaces the events of 'to' by a copy. */
void event_specs_copy(struct event_specs *to, const struct event_specs *from);

/* The attr of the i-th sampling event as a file has it: the first one stands for the side
 * band, too, as if one event had made the records of both. */
struct perf_event_attr event_specs_stored_attr(const struct event_specs *s, size_t i);

/* Writes the ids of the i-th sampling event as a file has them, to 'out' unless that is
 * NULL; returns their size in bytes. With more than one sampling event the first one has
 * also the ids of the side band, because its records hold them. */
size_t event_specs_stored_ids(const struct event_specs *s, size_t i, struct out *out);

void event_specs_release(struct event_specs *s);
