/* Unwinds samples while a recording is taken, so that the recording holds callchains
 * instead of copies of stacks. A sample can be unwound when
 * - all mappings up to its time are known: the side band comes through rings of its own;
 * - the unwind tables of the files on its stack are made, by a thread of their own.
 *
 * Until then the sample waits in a queue, as a copy: its ring is free for the kernel at
 * once. */
#pragma once

#include "base/error.h"
#include "elf/dso_keeper.h"
#include "model/event.h"
#include "record/data/event_specs.h"
#include "record/data/writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct live_stacks;

/* Starts the thread for unwind tables. 'specs' are the events of the samples and of the
 * side band; they are copied. 'machine' is the one of uname(2), "x86_64" for example. At
 * most 'queue_size' bytes of samples wait. The keeper opens files, and must outlive the
 * result; NULL: files are not kept. Returns NULL if there can be no thread, or if flame
 * cannot unwind stacks of this machine. */
struct live_stacks *live_stacks_start(const struct event_specs *specs,
				      const char *machine, size_t queue_size,
				      struct dso_keeper *keeper, struct slow_files *slow,
				      struct error *err);

/* Stops the thread. Samples that wait are lost. Accepts a pointer to NULL. */
void live_stacks_free(struct live_stacks **l);

/* Applies an event of the state before the first sample. */
void live_stacks_apply(struct live_stacks *l, const struct event *ev);

/* Adds side-band records of all rings, one after the other. They are applied when
 * live_stacks_advance() reaches their time. */
void live_stacks_add_side_band(struct live_stacks *l, const void *records, size_t size);

/* The side band up to 'time' (ns, clock of the samples) is complete. Unwinds and writes
 * the samples that waited for it, and samples with tables that are made by now. 'time'
 * never decreases. */
void live_stacks_advance(struct live_stacks *l, uint64_t time, struct writer *w);

/* Writes a record of a sampling event, at once or later. A sample keeps its fields,
 * gets the whole callchain, and loses registers and stack: the attr of the recording is
 * that of event_spec_stacks() with STACKS_CHAIN. Other records are written unchanged. */
void live_stacks_add_record(struct live_stacks *l, const void *record, size_t size,
			    struct writer *w);

/* Ends unwinding at 'time' (CLOCK_MONOTONIC): samples that are not unwound by then are
 * written without it, and counted by live_stacks_not_unwound(). */
void live_stacks_unwind_until(struct live_stacks *l, uint64_t time);

/* Adds the samples that wait to the provisional records (writer.h), with the callchains
 * that they have so far: they must be in the file if this process is killed. */
void live_stacks_write_waiting(struct live_stacks *l, struct writer *w);

/* Number of samples that wait. */
size_t live_stacks_waiting(const struct live_stacks *l);

/* Whether samples wait for tables. Then samples that are written later may be older than
 * those that are written now. */
bool live_stacks_lack_tables(const struct live_stacks *l);

/* After the last record: makes all missing tables, and writes all samples that wait. */
void live_stacks_end(struct live_stacks *l, struct writer *w);

/* Number of samples that were not unwound, because the queue was full or the time was
 * over. They have the kernel's part of the callchain, the user's instruction, and
 * CALLCHAIN_TRUNCATED. */
uint64_t live_stacks_not_unwound(const struct live_stacks *l);
