/* Events that are opened together, on all CPUs and tasks of a target, and one set of the
 * kernel's rings for their records. */
#pragma once

#include "base/error.h"
#include "base/vec.h"
#include "record/data/event_spec.h"
#include "record/ring.h"
#include "record/target.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct perf_evlist;
struct perf_mmap;

/* All zero: closed. */
struct band {
	struct perf_evlist *events;
	VEC(struct perf_evsel *) members; /* of the list, one for each event */
	int n_cpus, n_tasks;
	size_t ring_size; /* bytes, of one CPU */
	VEC(struct ring) rings;

	/* Position of band_next(). */
	struct perf_mmap *ring; /* NULL: none is open */
	struct perf_mmap *done; /* the last one of this round, or NULL */
	size_t index;		/* of the next one */
	size_t taken, owed; /* bytes of the ring read in this round, and not given back */
};

/* To be called once, before the others: keeps libperf from printing. */
void band_library_init(void);

/* Opens the 'n' events, not yet counting, with rings of 'ring_size' bytes for each CPU.
 * Returns 0, or a negative errno and leaves the band closed. */
int band_open(struct band *b, const struct event_spec *specs, size_t n,
	      const struct target *target, size_t ring_size);

/* Does nothing for a closed band. */
void band_close(struct band *b);

/* Appends the kernel's ids of each event to the specs that the band was opened with. */
void band_read_ids(const struct band *b, struct event_spec *specs);

/* The number of records that the kernel counts as lost (PERF_FORMAT_LOST). */
uint64_t band_lost(const struct band *b);

/* Starts counting. Returns -1 with errno, and the index of the event in *failed. */
int band_start(struct band *b, size_t *failed);
void band_stop(struct band *b);

/* The next record of any ring, whole, as the kernel wrote it; valid until the next call.
 * False when each ring has been read to the end that it had when its turn came: one
 * round. */
bool band_next(struct band *b, const void **record, size_t *size);
