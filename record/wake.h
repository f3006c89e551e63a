/* Sleeping until perf events have something in their rings, or another thread says so. The
 * descriptors are found in /proc/self/fd: libperf keeps those it opens to itself. */
#pragma once

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct wake {
	int epoll, nudge; /* -1: not open */
};

#define WAKE_CLOSED                                                                      \
	(struct wake)                                                                    \
	{                                                                                \
		-1, -1                                                                   \
	}

/* Over the open descriptors of this process that belong to the events with these ids. */
int wake_open(struct wake *w, const uint64_t *ids, size_t n, struct error *err);

void wake_close(struct wake *w);

/* Returns once something was written into a ring since the last call, after wake_nudge(), or
 * when a signal came. The descriptor of an event whose task is gone is "ready" for ever; it does not
 * keep this from sleeping. */
void wake_sleep(struct wake *w);

/* Ends the sleep of now, or the next one; from any thread. */
void wake_nudge(struct wake *w);
