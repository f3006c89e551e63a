/* One line on a terminal that tells how a recording goes; nothing elsewhere. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool is_on;
	uint64_t start,
		shown; /* ns, CLOCK_MONOTONIC; 'shown': when it was last written */
};

void progress_init(struct progress *p, bool is_terminal, uint64_t now);

/* Writes the line anew, at most twice a second. */
void progress_show(struct progress *p, uint64_t now, uint64_t samples);

/* Takes the line away; may be called again. */
void progress_end(struct progress *p);
