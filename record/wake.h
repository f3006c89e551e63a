/* A sleep that ends when the kernel writes into one of many rings. */
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

int wake_open(struct wake *w, struct error *err);

/* Adds the open descriptors of this process that belong to the events with these ids;
 * those that were added before stay. Any thread may call this. */
int wake_watch(struct wake *w, const uint64_t *ids, size_t n, struct error *err);

void wake_close(struct wake *w);

/* Returns after a write into a ring since the last call, after wake_nudge(), or after a
 * signal. The descriptor of an ended task stays ready for ever; it does not end the
 * sleep. */
void wake_sleep(struct wake *w);

/* Ends the current sleep, or the next one; from any thread. */
void wake_nudge(struct wake *w);
