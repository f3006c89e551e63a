/* A thread of its own that calls a function at regular intervals. */
#pragma once

#include "base/error.h"

#include <stdbool.h>

struct ticker;

/* Starts a thread without signals that calls tick(data) every 'ms' milliseconds. Returns
 * NULL if there can be no thread. */
struct ticker *ticker_start(int ms, void (*tick)(void *data), void *data,
			    struct error *err);

/* Ends the thread, after a call that is under way, for which it waits at most 'wait_ms'.
 * Returns false if the call did not return in time: then the thread goes on, and the
 * caller must never free the data of 'tick'. Nulls the pointer; accepts a pointer to
 * NULL. */
bool ticker_stop(struct ticker **t, int wait_ms);
