/* Takes a recording: opens the events on the target and reads the kernel's rings. */
#pragma once

#include "base/error.h"
#include "record/data/event_specs.h"
#include "record/target.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sampler;

struct sampler_options {
	uint64_t frequency; /* samples/s of each CPU and event */
	enum stacks stacks;
	/* Bytes to copy, see event_spec_stacks(); 0: by the budget. */
	uint32_t stack_size;
	/* The events to sample; n_events 0: event_spec_default(). */
	const struct known_event *const *events;
	size_t n_events;
};

/* Opens all events on the target (which must be prepared), not yet counting. Falls back
 * to user space alone if this user may not sample the kernel, and to smaller rings and
 * copies if this user may not have the memory; see sampler_note(). The sampling attrs of
 * sampler_specs() hold the size of the copies (stack_budget.h). Returns NULL with one
 * plain line that names the cause (perf_event_paranoid, CAP_PERFMON) and a command that
 * helps. */
struct sampler *sampler_open(const struct sampler_options *options, struct target *target,
			     struct error *err);

/* Accepts a pointer to NULL. */
void sampler_free(struct sampler **s);

/* The events with their ids; valid as long as the sampler. */
const struct event_specs *sampler_specs(const struct sampler *s);

int sampler_start(struct sampler *s, struct error *err);
void sampler_stop(struct sampler *s);

/* Sleeps as long as no ring of samples can overflow, at most 'timeout_ms'; negative: no
 * limit of the caller. */
void sampler_wait(struct sampler *s, int timeout_ms);

/* Returns the next record of the sampling events (struct perf_event_header and on):
 * samples, and now and then the number of lost records. It is valid until the next call.
 * False at the end of a round: each ring has been read to the end that it had when its
 * turn came. */
bool sampler_next(struct sampler *s, const void **record, size_t *size);

/* The same for the side band, which has rings of its own: one thread may read the side
 * band while another one reads samples. The sleep ends with the next record, with
 * sampler_nudge_side_band(), which any thread may call, or with a signal. */
void sampler_wait_side_band(struct sampler *s);
bool sampler_next_side_band(struct sampler *s, const void **record, size_t *size);
void sampler_nudge_side_band(struct sampler *s);

/* The number of records of all events that the kernel counts as lost (PERF_FORMAT_LOST);
 * UINT64_MAX if this kernel does not count them. */
uint64_t sampler_lost(const struct sampler *s);

/* A line for the user, or NULL: the kernel is left out, copies are smaller, ... */
const char *sampler_note(const struct sampler *s);
