/* Events that are opened together on one CPU, for tasks or the whole machine, with one
 * ring of the kernel for their records. */
#pragma once

#include "base/vec.h"
#include "record/data/event_spec.h"
#include "record/target.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct band_cpu;

/* The threads to open events on; none if the events are those of CPUs. */
struct band_tasks {
	VEC(pid_t) tids;
	bool by_cpu;
};

/* Fills zeroed tasks with the target's present threads, and with those of 'n' other
 * processes. */
void band_tasks_find(struct band_tasks *tasks, const struct target *target,
		     const uint32_t *pids, size_t n);
void band_tasks_release(struct band_tasks *tasks);

/* To be called once, before the others: keeps libperf from printing. */
void band_library_init(void);

/* Opens the 'n' events on a CPU, not yet counting, with a ring of 'ring_size' bytes.
 * Returns NULL and a negative errno in '*result' on failure; -ENODEV: the CPU is
 * offline; -ENOBUFS: this user may not lock so much memory. */
struct band_cpu *band_cpu_open(unsigned cpu, const struct event_spec *specs, size_t n,
			       const struct band_tasks *tasks, size_t ring_size,
			       int *result);

/* Accepts a pointer to NULL. */
void band_cpu_close(struct band_cpu **c);

unsigned band_cpu_number(const struct band_cpu *c);

/* Returns the kernel's ids of the i-th event, '*n' of them: one for each task. */
const uint64_t *band_cpu_ids(const struct band_cpu *c, size_t i, size_t *n);

/* From now on records have the id ids[i] for the i-th event instead of the kernel's. Only
 * for events with ids in their records. */
void band_cpu_set_ids(struct band_cpu *c, const uint64_t *ids);

/* The number of records that the kernel counts as lost (PERF_FORMAT_LOST). */
uint64_t band_cpu_lost(const struct band_cpu *c);

/* Starts counting. Returns -1 with errno, and the index of the event in *failed. */
int band_cpu_start(struct band_cpu *c, size_t *failed);
void band_cpu_stop(struct band_cpu *c);

/* Begins to read the ring; false if it is empty. */
bool band_cpu_read(struct band_cpu *c);

/* The next record, whole, as the kernel wrote it; valid until the next call. False at the
 * end that the ring had at band_cpu_read(). */
bool band_cpu_next(struct band_cpu *c, const void **record, size_t *size);
