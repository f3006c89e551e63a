/* Events that are opened together, on all CPUs and tasks of a target, and one set of the
 * kernel's rings for their records. CPUs may come and go while they are read. */
#pragma once

#include "base/vec.h"
#include "record/band_cpu.h"
#include "record/cpu_set.h"
#include "record/data/event_spec.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct band_entry {
	struct band_cpu *events;
	bool is_gone; /* to be closed when its ring is empty */
};

/* All zero: closed. One thread may read records while others call the other functions,
 * except band_close(). */
struct band {
	pthread_mutex_t lock; /* for the next three */
	VEC(struct band_entry) cpus;
	bool is_started;
	uint64_t closed_lost; /* records lost by CPUs that are closed */

	bool is_open;
	size_t ring_size; /* bytes, of one CPU */

	/* Position of band_next(). */
	struct band_cpu *current; /* the ring that is read; NULL: none */
	size_t index;		  /* of the next CPU in this round */
};

/* The events to open, and the tasks to open them on. */
struct band_events {
	const struct event_spec *specs;
	size_t n; /* at least 1 */
	const struct band_tasks *tasks;
};

struct band_ids {
	VEC(uint64_t) items;
	VEC(unsigned) cpus; /* of each id */
};

/* Opens the events on these CPUs, not yet counting, with rings of 'ring_size' bytes for
 * each CPU. CPUs that are offline are left out. Returns 0, or a negative errno as
 * band_cpu_open() and leaves the band closed. */
int band_open(struct band *b, const struct band_events *events,
	      const struct cpu_set *cpus, size_t ring_size);

/* Does nothing for a closed band. */
void band_close(struct band *b);

/* Opens the events on one more CPU, counting if band_start() was called and band_stop()
 * was not. Several events must have ids in their specs: the records of the new CPU get
 * these. Returns 0 or a negative errno. */
int band_add_cpu(struct band *b, const struct band_events *events, unsigned cpu);

/* The CPU went offline, and the kernel has ended its events. They are closed when their
 * ring is read to its end. */
void band_drop_cpu(struct band *b, unsigned cpu);

bool band_has_cpu(struct band *b, unsigned cpu);

/* Appends the kernel's ids of the event with this index, CPU by CPU. */
void band_event_ids(struct band *b, size_t event, struct band_ids *ids);
void band_ids_release(struct band_ids *ids);

/* Appends them to the ids of the spec. */
void band_store_ids(struct band *b, size_t event, struct event_spec *spec);

/* The number of records that the kernel counts as lost (PERF_FORMAT_LOST). */
uint64_t band_lost(struct band *b);

/* Starts counting. Returns -1 with errno, and the index of the event in *failed. */
int band_start(struct band *b, size_t *failed);

/* The kernel starts the events at an exec; those of later CPUs are started at once. */
void band_start_by_exec(struct band *b);

void band_stop(struct band *b);

/* The next record of any ring, whole, as the kernel wrote it; valid until the next call.
 * False when each ring has been read to the end that it had when its turn came: one
 * round. */
bool band_next(struct band *b, const void **record, size_t *size);
