/* Fewer samples than the events were opened for, while a recording goes on: one of every
 * 'divisor'. Each sample's period is that of the samples it stands for. And shorter
 * copies of stacks. */
#pragma once

#include "model/period_history.h"
#include "record/band.h"
#include "record/data/decode.h"
#include "record/data/event_specs.h"
#include "record/data/join/event_ids.h"
#include "record/data/sample_layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One event on one CPU. */
struct slowdown_source {
	uint64_t id; /* the kernel's; another one after the CPU was offline */
	struct period_history periods;
};

/* Samples of an event that were left out since the last one that was taken. */
struct slowdown_left_out {
	uint64_t n, period; /* sum of their periods */
};

struct slowdown {
	const struct event_specs *specs;
	struct sample_layout layout; /* of all sampling events */
	struct event_ids ids;	     /* of the events, if there are several */
	/* The kernel takes fewer samples. False: samples are left out here, because the
	 * kernel cannot change the period of events that were inherited. */
	bool in_kernel;
	uint64_t divisor;
	VEC(struct slowdown_source) sources; /* events of CPU 0, of CPU 1, ... */
	struct slowdown_left_out *left_out;  /* of each event */
	uint8_t *copy; /* of the last sample; NULL: none was copied */
	/* Of stack copies only so many bytes are kept. */
	uint32_t copy_most;
	struct decode_event format; /* of all sampling events, if copy_most is set */
	uint8_t *shortened;	    /* the last sample with a shorter copy */
};

/* The specs have ids, and must outlive it. */
void slowdown_init(struct slowdown *s, const struct event_specs *specs, bool in_kernel);
void slowdown_release(struct slowdown *s);

/* Sets the divisor, at least 1, for the events of the band. */
void slowdown_set(struct slowdown *s, struct band *b, uint64_t divisor);

/* Sets it for events that were opened since then, and not before 'opened' (ns,
 * CLOCK_MONOTONIC). */
void slowdown_repeat(struct slowdown *s, struct band *b, uint64_t opened);

/* Keeps 'most' bytes of each stack copy, a multiple of 8. The kernel goes on to copy what
 * the events were opened for: that cannot be changed. */
void slowdown_shorten_copies(struct slowdown *s, uint32_t most);

/* Replaces a sample by one with the right period and size of its stack copy, which is
 * valid until the next call; other records stay. Returns false if the record is to be
 * left out. */
bool slowdown_apply(struct slowdown *s, const void **record, size_t *size);
