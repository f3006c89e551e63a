/* A position in a recording; yields its events. Any number of cursors may read one
 * recording at once, each cursor in one thread. */
#pragma once

#include "base/error.h"
#include "model/event.h"
#include "record/data/filter.h"
#include "record/data/recording.h"

#include <stddef.h>
#include <stdint.h>

struct cursor;

/* Records from one position to another, in bytes from the first record of the
 * recording. */
struct record_span {
	size_t from, to;
};

/* A cursor before the first record of the recording, which must outlive it. */
struct cursor *cursor_new(const struct recording *recording, const struct filter *filter);

/* A cursor over the records of a span from cursor_spans(). */
struct cursor *cursor_new_in(const struct recording *recording,
			     const struct filter *filter, struct record_span span);

/* Accepts a pointer to NULL. */
void cursor_free(struct cursor **cursor);

/* Returns 1 with the next event that the filter yields; 0 after the last one; -1 where
 * the recording is damaged or ends too early, and 0 from then on: events before the
 * damage are valid. Records of a type that flame does not know are EVENT_OTHER. What 'ev'
 * points to is valid as long as the recording. */
int cursor_next(struct cursor *c, struct event *ev, struct error *err);

/* The number of samples of an event (an index in the recording) that the cursor has
 * passed, whether or not the filter yields them. A filter for samples of one event does
 * not change the number. */
uint64_t cursor_samples(const struct cursor *c, uint32_t event);

/* Divides the recording into at most 'max' spans of similar size, for a cursor in each.
 * Cuts are only at records that this cursor has passed. Stores the spans, in order, and
 * returns their number; 1 for small recordings and for compressed ones: their blocks
 * depend on each other. 'max' must not be 0. */
size_t cursor_spans(const struct cursor *c, struct record_span *spans, size_t max);
