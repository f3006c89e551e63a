/* A small recording with one of everything, for the tests of this folder. */
#pragma once

#include "base/out.h"
#include "model/event.h"
#include "record/data/event_specs.h"
#include "record/data/writer.h"

enum { MADE_ADDRS = 4, MADE_EVENTS = 6, MADE_SAMPLES = 3 };

/* The callchain of each sample. */
extern const uint64_t made_chain[MADE_ADDRS];

/* The events before the samples. */
extern const struct event made_events[MADE_EVENTS];

/* Writes a sample as the kernel lays it out for the event of made_specs_init(); returns
 * its size. */
size_t made_sample(uint64_t *to, uint64_t time);

/* The side band and one event: cpu-clock with the id 11. */
void made_specs_init(struct event_specs *specs);

/* A writer that compresses at 'level', 0: not at all. */
void made_writer_init(struct writer *w, struct out *out, const struct event_specs *specs,
		      int level);

/* The recording: made_events, samples at the times 100, 101 and 102, the end of a
 * round. */
struct out *made_recording(int level);

/* Fails the test unless 'got' is 'want', one of made_events. */
void made_event_check(const struct event *got, const struct event *want);
