/* A cursor: a position in a recording, which yields its events in the order of the file.
 * Any number of cursors may read one recording at once, each cursor in one thread. */
#pragma once

#include "base/error.h"
#include "model/event.h"
#include "record/data/filter.h"
#include "record/data/recording.h"

#include <stddef.h>
#include <stdint.h>

struct cursor;

/* The records from one position to another; positions are in bytes from the first record
 * of the recording. */
struct record_span {
	size_t from, to;
};

/* Makes a cursor before the first record. The recording must outlive the cursor; the
 * filter is copied. The caller frees the cursor with cursor_free(). */
struct cursor *cursor_new(const struct recording *recording, const struct filter *filter);

/* Like cursor_new(), for the records of one span from cursor_spans(). */
struct cursor *cursor_new_in(const struct recording *recording,
			     const struct filter *filter, struct record_span span);

/* Accepts a pointer to NULL. */
void cursor_free(struct cursor **cursor);

/* Stores the next event that the filter lets through in *ev, and returns 1. Returns 0
 * after the last event. Returns -1 if the recording is damaged there or ends too early,
 * and 0 from then on: events before the damage are valid. A record of an unknown type
 * is an EVENT_OTHER. Pointers in *ev are valid until the next call. */
int cursor_next(struct cursor *c, struct event *ev, struct error *err);

/* Returns the number of samples of an event (its index in the recording) that the cursor
 * has passed, those included that the filter drops. */
uint64_t cursor_samples(const struct cursor *c, uint32_t event);

/* Divides the recording into at most 'max' spans of similar size, for one cursor each.
 * 'max' must not be 0. Divides only where this cursor has passed. Stores the spans, in
 * order, and returns their number. It is 1 for small recordings, and for compressed ones,
 * because their blocks depend on each other. */
size_t cursor_spans(const struct cursor *c, struct record_span *spans, size_t max);
