/* The samples that wait to be unwound, in the order in which they came. */
#pragma once

#include "base/vec.h"
#include "model/sample_times.h"

#include <stddef.h>
#include <stdint.h>

struct waiting_sample {
	uint64_t number; /* above 0, rising */
	uint64_t time, round, cgroup;
	const void *record; /* NULL: the sample does not wait any more */
	uint32_t size, pid, event;
};

/* Fields are private but for items.items, items.n and 'bytes'. Zero-initialize. */
struct waiting_samples {
	VEC(struct waiting_sample) items;
	size_t n_gone; /* items that do not wait any more */
	size_t bytes;  /* of all records */
	uint64_t last_number;
};

void waiting_samples_release(struct waiting_samples *w);

/* Gives the sample a number and adds it. Returns the number. */
uint64_t waiting_samples_add(struct waiting_samples *w, struct waiting_sample sample);

/* The sample with a number, which may be anything; NULL if it does not wait. Valid until
 * the next call of another function. */
struct waiting_sample *waiting_samples_find(struct waiting_samples *w, uint64_t number);

/* The sample does not wait any more. */
void waiting_samples_remove(struct waiting_samples *w, struct waiting_sample *sample);

/* Frees the room of removed samples: call it now and then. */
void waiting_samples_shorten(struct waiting_samples *w);

size_t waiting_samples_count(const struct waiting_samples *w);

/* The oldest sample, or NULL. */
const struct waiting_sample *waiting_samples_oldest(const struct waiting_samples *w);

/* Adds the times of all samples. */
void waiting_samples_times(const struct waiting_samples *w, struct sample_times *times);
