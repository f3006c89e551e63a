/* Takes a recording: opens the events on the target, reads the kernel's rings. */
#pragma once

#include "base/error.h"
#include "record/data/event_spec.h"
#include "record/target.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sampler;

struct sampler_options {
	uint64_t frequency; /* samples/s of each CPU */
	enum stacks stacks;
	uint32_t
		stack_size; /* bytes to copy, see event_spec_stacks(); 0: by the budget */
};

/* Opens everything on the target (which must be prepared), not yet counting. Falls back to
 * user space alone where the kernel may not be sampled by this user, and to smaller rings and
 * copies where this user may not have the memory; sampler_note() tells. The attr of the first
 * of sampler_events() holds the size of the copies (stack_budget.h).
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

/* Sleeps as long as the samples can be left alone, at most 'timeout_ms'. */
void sampler_wait(struct sampler *s, int timeout_ms);

/* The next sample of any ring, as the kernel wrote it (struct perf_event_header and on; now and
 * then it is a record that tells of lost ones); valid until the next call. False when all rings
 * have been read once to where they ended: one round. */
bool sampler_next(struct sampler *s, const void **record, size_t *size);

/* The same for the side band, whose rings are others. These two may be called by a thread of
 * its own while another one takes the samples. The sleep has no end but a record,
 * sampler_nudge_side_band(), which any thread may call, or a signal. */
void sampler_wait_side_band(struct sampler *s);
bool sampler_next_side_band(struct sampler *s, const void **record, size_t *size);
void sampler_nudge_side_band(struct sampler *s);

/* Records that the kernel counts as lost on all events, from reading them (PERF_FORMAT_LOST);
 * UINT64_MAX where this kernel does not count them. */
uint64_t sampler_lost(const struct sampler *s);

/* Something the user should know, or NULL: kernel left out, smaller copies, ... */
const char *sampler_note(const struct sampler *s);
