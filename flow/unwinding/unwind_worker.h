/* The recorder's end of the process that unwinds stacks (unwinding_loop.h). The process
 * has no privileges. If it dies or hangs, the file that it was reading is known. */
#pragma once

#include "base/error.h"
#include "elf/dso_keeper.h"
#include "flow/live/live_processes.h"
#include "flow/unwinding/sample_memory.h"
#include "model/event.h"
#include "record/data/event_table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct unwind_worker;

/* The pointers are the caller's, and must outlive the worker. */
struct unwind_worker_options {
	const char *machine;
	const struct event_table *events;
	/* The process begins with a copy of their state. */
	struct live_processes *processes;
	struct sample_memory *memory;
	struct dso_keeper *keeper;
	struct file_marks *marks;
	uint64_t file_ns; /* CPU time that one file may take */
};

/* Starts the process. Returns NULL on failure. */
struct unwind_worker *unwind_worker_start(const struct unwind_worker_options *options,
					  struct error *err);

/* Ends the process. Returns false if a thread hangs in a file system: then it goes on,
 * and the keeper must never be freed. Nulls the pointer; accepts a pointer to NULL. */
bool unwind_worker_stop(struct unwind_worker **w);

pid_t unwind_worker_pid(const struct unwind_worker *w);

/* CPU time so far, ns; and without the time for tables, as the process says. */
uint64_t unwind_worker_time(const struct unwind_worker *w);
uint64_t unwind_worker_sample_time(const struct unwind_worker *w);

/* These are sent by the next unwind_worker_exchange(): an event of the state before,
 * side-band records, the time up to which the side band is known, and a sample with
 * its record in the memory. */
void unwind_worker_event(struct unwind_worker *w, const struct event *ev);
void unwind_worker_side_band(struct unwind_worker *w, const void *records, size_t size);
void unwind_worker_advance(struct unwind_worker *w, uint64_t time);
void unwind_worker_sample(struct unwind_worker *w, uint64_t number, const void *record,
			  size_t size);

/* All must be done at 'deadline' (CLOCK_MONOTONIC): no file may take more than half of
 * the time that is left. */
void unwind_worker_hurry(struct unwind_worker *w, uint64_t deadline);

/* The process must unwind all samples, also those that lack tables. */
void unwind_worker_end(struct unwind_worker *w);

/* Sends all, and waits until the process has done all that it can do, but not beyond
 * 'until' (CLOCK_MONOTONIC). Calls done(data, number, chain, n) for chains that arrived:
 * 'chain' may be misaligned and have any content; n = 0 if the sample cannot be unwound.
 * *is_idle tells whether the process has done all. Returns false if the process has died
 * or hangs. */
bool unwind_worker_exchange(struct unwind_worker *w, uint64_t until,
			    void (*done)(void *data, uint64_t number, const void *chain,
					 size_t n),
			    void *data, bool *is_idle);

/* The end of a process for which unwind_worker_exchange() returned false. */
struct unwind_worker_death {
	char cause[64];
	uint64_t key;	 /* of the file that killed it (dso_mark.h), or 0 */
	uint64_t sample; /* number of the sample that it was unwinding, or 0 */
};

struct unwind_worker_death unwind_worker_death(struct unwind_worker *w);

/* The death as a line for the user, with the file's path from 'processes'. The caller
 * frees it. */
char *unwind_worker_death_note(const struct unwind_worker_death *death,
			       const struct live_processes *processes);
