/* A line about a running recording, on a terminal only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool is_on;
	/* ns, CLOCK_MONOTONIC: of the recording's start, and of the last line. */
	uint64_t start, last_shown;
};

void progress_init(struct progress *p, bool is_terminal, uint64_t now);

/* Rewrites the line, at most twice a second. 'now' must not be earlier than in the
 * last call. */
void progress_show(struct progress *p, uint64_t now, uint64_t samples);

/* Clears the line; no other follows. May be called again. */
void progress_end(struct progress *p);
