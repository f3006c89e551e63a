/* Times at which processes or threads had samples, to a quarter of a millisecond. */
#pragma once

#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialize. */
struct sample_times {
	/* Private: numbers and times, the first 'n_sorted' ascending, each once. */
	VEC(uint64_t) keys;
	size_t n_sorted;
};

void sample_times_release(struct sample_times *s);

/* Adds a sample of a process or thread. 8 bytes for each time that differs. */
void sample_times_add(struct sample_times *s, uint32_t id, uint64_t time);

/* After the last sample. */
void sample_times_finish(struct sample_times *s);

/* Whether a process or thread may have had a sample in [first, last]: true if it had one,
 * and also if one is too near to tell. Call sample_times_finish() before. */
bool sample_times_any(const struct sample_times *s, uint32_t id, uint64_t first,
		      uint64_t last);
