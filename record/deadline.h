/* The end of a recording at a given time, also while the thread that reads the samples is
 * late or waits for a disk. */
#pragma once

#include "base/error.h"
#include "record/machine.h"
#include "record/sampler.h"

#include <stdint.h>

struct deadline;

/* Starts a thread, with real-time priority if that is allowed, which calls sampler_stop()
 * at 'time' (ns, CLOCK_MONOTONIC). The sampler must outlive it. Returns NULL if there can
 * be no thread. */
struct deadline *deadline_start(struct sampler *sampler, uint64_t time,
				struct error *err);

/* Ends the thread and frees the deadline. If the time was reached, stores the account of
 * the moment at which the events were stopped, and returns true. Accepts a pointer to
 * NULL, and a NULL 'account'. */
bool deadline_end(struct deadline **d, struct cpu_account *account);
