/* Unwinds samples while a recording is taken, so that the recording holds callchains
 * instead of copies of stacks. Another process without privileges does it
 * (unwind_worker.h): stacks and unwind tables are other people's. A sample can be unwound
 * when
 * - all mappings up to its time are known: the side band comes through rings of its own;
 * - the unwind tables of the files on its stack are made.
 *
 * Until then the sample waits in a queue, as a copy: its ring is free for the kernel at
 * once. If a file kills the other process, the next process does without the tables of
 * that file. */
#pragma once

#include "base/error.h"
#include "elf/dso_keeper.h"
#include "model/event.h"
#include "record/data/event_specs.h"
#include "record/data/writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct live_stacks;

struct live_stacks_options {
	/* of the samples and of the side band; copied */
	const struct event_specs *specs;
	const char *machine; /* of uname(2), "x86_64" for example; copied */
	size_t queue_size;   /* the most bytes of samples that wait */
	/* Opens files, and must outlive the result. NULL: this process unwinds by itself,
	 * without files. */
	struct dso_keeper *keeper;
	uint64_t file_ns; /* CPU time that one file may take in the other process */
};

/* Starts the other process. Returns NULL if that failed, or if flame cannot unwind stacks
 * of this machine. */
struct live_stacks *live_stacks_start(const struct live_stacks_options *options,
				      struct error *err);

/* Ends the other process. Samples that wait are lost. Returns false if a thread hangs in
 * a file system: then it goes on, and the keeper must never be freed. Nulls the pointer;
 * accepts a pointer to NULL. */
bool live_stacks_free(struct live_stacks **l);

/* Applies an event of the state before the first sample. */
void live_stacks_apply(struct live_stacks *l, const struct event *ev);

/* Adds side-band records of all rings, one after the other. They are applied when
 * live_stacks_advance() reaches their time. */
void live_stacks_add_side_band(struct live_stacks *l, const void *records, size_t size);

/* The side band up to 'time' (ns, clock of the samples) is complete. 'time' never
 * decreases. Samples that waited for it, or for tables that are made by now, can be
 * unwound. */
void live_stacks_advance(struct live_stacks *l, uint64_t time, struct writer *w);

/* Writes a record of a sampling event, at once or later. A sample keeps its fields,
 * gets the whole callchain, and loses registers and stack: the attr of the recording is
 * that of event_spec_stacks() with STACKS_CHAIN. Other records are written unchanged. */
void live_stacks_add_record(struct live_stacks *l, const void *record, size_t size,
			    struct writer *w);

/* Writes the samples that are unwound. Waits a few milliseconds for those that can be.
 * Accepts NULL. */
void live_stacks_write(struct live_stacks *l, struct writer *w);

/* Once after the records of all rings: whether the samples that are written later are not
 * older than those that were written before the last call that returned true (so that a
 * mark of writer_round() is right). NULL: true. */
bool live_stacks_ends_round(struct live_stacks *l);

/* Ends unwinding at 'time' (CLOCK_MONOTONIC): samples that are not unwound by then are
 * written without it, and counted by live_stacks_not_unwound(). */
void live_stacks_unwind_until(struct live_stacks *l, uint64_t time);

/* Adds the samples that wait to the provisional records (writer.h), with the callchains
 * that they have so far: they must be in the file if this process is killed. */
void live_stacks_write_waiting(struct live_stacks *l, struct writer *w);

/* Number of samples that wait. */
size_t live_stacks_waiting(const struct live_stacks *l);

/* After the last record: makes all missing tables, and writes all samples that wait. */
void live_stacks_end(struct live_stacks *l, struct writer *w);

/* Number of samples that were not unwound, because the queue was full or the time was
 * over. They have the kernel's part of the callchain, the user's instruction, and
 * CALLCHAIN_TRUNCATED. */
uint64_t live_stacks_not_unwound(const struct live_stacks *l);

/* The i-th line for the user, about files that killed the other process, and samples that
 * were not unwound, of 'samples' in all; NULL after the last one. The caller frees it. */
char *live_stacks_note(const struct live_stacks *l, uint64_t samples, size_t i);

/* The number of the other process now; 0: there is none. Accepts NULL, as the calls
 * below. */
pid_t live_stacks_pid(const struct live_stacks *l);

/* CPU time of all other processes so far, ns; and without the time for tables. */
uint64_t live_stacks_time(const struct live_stacks *l);
uint64_t live_stacks_sample_time(const struct live_stacks *l);
