/* Takes a recording: opens the events on the target and reads the kernel's rings. */
#pragma once

#include "base/error.h"
#include "record/data/event_specs.h"
#include "record/target.h"
#include "rights/rights.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sampler;

struct sampler_options {
	uint64_t frequency; /* samples/s of each CPU and event */
	enum stacks stacks;
	/* Bytes of stack to copy, a multiple of 8; 0: computed (stack_budget.h). */
	uint32_t stack_size;
	/* The events to sample, which must outlive the sampler. n_events 0:
	 * event_spec_default() alone. */
	const struct known_event *const *events;
	size_t n_events;
};

/* Opens all events on the target, which must be prepared; they do not count yet. If this
 * user may not sample the kernel, samples only user space (a failure for the whole
 * machine). If the target has more threads than events can be opened on, opens them on
 * CPUs and leaves out the records of other processes. If this user may not lock the
 * memory, makes rings and copies smaller. sampler_note() describes all of this. The
 * sampling attrs of sampler_specs() hold the size of the copies. Returns NULL on failure;
 * 'err' names the cause (perf_event_paranoid, CAP_PERFMON) and, if there is one, a
 * command that helps. */
struct sampler *sampler_open(const struct sampler_options *options, struct target *target,
			     struct error *err);

/* Accepts a pointer to NULL. */
void sampler_free(struct sampler **s);

/* The events with their ids; valid as long as the sampler. */
const struct event_specs *sampler_specs(const struct sampler *s);

/* The number of descriptors that this process may have besides the events. */
size_t sampler_files_left(const struct sampler *s);

/* Starts the events, or leaves that to the exec of the target's command, unless the whole
 * machine is recorded. Returns -1 on failure. */
int sampler_start(struct sampler *s, struct error *err);
void sampler_stop(struct sampler *s);

/* Sleeps for 'timeout_ms' (negative: no limit), but not so long that a ring of samples
 * could overflow, and at most half a second. */
void sampler_wait(struct sampler *s, int timeout_ms);

/* Stores the next record of the sampling events (struct perf_event_header and the bytes
 * after it): a sample, or a number of lost records. The record is valid until the next
 * call. Returns false at the end of a round, when each ring was read to the end that it
 * had when its turn came. */
bool sampler_next(struct sampler *s, const void **record, size_t *size);

/* As above, for the side band. It has rings of its own: one thread may read the side band
 * while another one reads samples. sampler_wait_side_band() sleeps until the next record,
 * a signal, or sampler_nudge_side_band(), which any thread may call. */
void sampler_wait_side_band(struct sampler *s);
bool sampler_next_side_band(struct sampler *s, const void **record, size_t *size);
void sampler_nudge_side_band(struct sampler *s);

/* From now on takes one sample of every 'divisor', at least 1. The period of each sample
 * is that of the samples it stands for. Only the thread that reads samples may call
 * this. */
void sampler_slow_down(struct sampler *s, uint64_t divisor);

/* From now on sampler_next() returns at most 'most' bytes of each stack copy, a multiple
 * of 8. The same thread. */
void sampler_shorten_copies(struct sampler *s, uint32_t most);

/* To be called several times a second: opens the events on CPUs that came online, which
 * needs the rights that sampler_open() needed. A CPU that went offline is read to the end
 * of its ring. Only the thread that reads samples may call this. */
void sampler_follow_cpus(struct sampler *s, uint64_t now);

struct sampler_cpus {
	/* ns, the sum over all CPUs; 0: no CPU came or went */
	uint64_t online_time;
	uint64_t slept;	    /* ns that the machine was suspended */
	uint32_t n_refused; /* CPUs that came and could not be sampled */
};

/* The CPUs from sampler_open() until 'now'. */
struct sampler_cpus sampler_cpus(const struct sampler *s, uint64_t now);

/* Records that the kernel counts as lost (PERF_FORMAT_LOST). */
struct sampler_losses {
	uint64_t samples, side_band;
};

/* Stores the losses until now. Returns false if this kernel does not count them. */
bool sampler_losses(struct sampler *s, struct sampler_losses *losses);

/* The rights of this process when the sampler was opened; valid as long as the
 * sampler. */
const struct rights *sampler_rights(const struct sampler *s);

/* Returns a line for the user about the limits of this recording (the kernel is left out,
 * copies are smaller), or NULL. */
const char *sampler_note(const struct sampler *s);
