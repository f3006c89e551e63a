/* Takes a recording: opens the events on the target, reads the kernel's rings. */
#pragma once

#include "base/error.h"
#include "record/event_spec.h"
#include "record/target.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sampler;

struct sampler_options {
	uint64_t frequency; /* samples/s of each CPU */
};

/* Opens everything on the target (which must be prepared), not yet counting. Falls back to
 * user space alone where the kernel may not be sampled by this user; sampler_note() tells.
 * NULL with one plain line that names what is missing (perf_event_paranoid, CAP_PERFMON) and
 * a command that allows it. */
struct sampler *sampler_open(const struct sampler_options *options, struct target *target,
			     struct error *err);

/* Takes NULL inside. */
void sampler_free(struct sampler **s);

/* The events, the sampling one first, with their ids; valid as long as the sampler. */
const struct event_spec *sampler_events(const struct sampler *s, size_t *n);

int sampler_start(struct sampler *s, struct error *err);
void sampler_stop(struct sampler *s);

/* Sleeps until a ring wants to be read, 'timeout_ms' have passed or a signal came. */
void sampler_wait(struct sampler *s, int timeout_ms);

/* The next record of any ring, as the kernel wrote it (struct perf_event_header and on); valid
 * until the next call. False when all rings have been read once to where they ended: one
 * round. */
bool sampler_next(struct sampler *s, const void **record, size_t *size);

/* Records that the kernel counts as lost on all events, from reading them (PERF_FORMAT_LOST);
 * UINT64_MAX where this kernel does not count them. */
uint64_t sampler_lost(const struct sampler *s);

/* Something the user should know, or NULL: kernel left out, smaller rings, ... */
const char *sampler_note(const struct sampler *s);
