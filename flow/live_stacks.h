/* Unwinds samples while they are taken, so that callchains are stored and not stacks. A sample waits
 * until all that was mapped before it is known, and until the rules of the files that it went
 * through are there, which a thread of its own makes. What waits is copied: the kernel gets its
 * rings back at once. */
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

/* For the samples and the side band of these events, as they are sampled on a
 * 'machine' ("x86_64", as uname(2) has it). At most 'waiting_most' bytes of samples
 * wait. Files come from the keeper, which outlives it. NULL where there can't be a thread, or flame
 * cannot unwind on such a machine. */
struct live_stacks *live_stacks_start(const struct event_specs *specs,
				      const char *machine, size_t waiting_most,
				      struct dso_keeper *keeper, struct error *err);

/* Takes NULL inside. */
void live_stacks_free(struct live_stacks **l);

/* What was there before the first sample: to be told before any record. */
void live_stacks_apply(struct live_stacks *l, const struct event *ev);

/* Records of the side band, one after the other, as they came out of all its rings. */
void live_stacks_side_band(struct live_stacks *l, const void *records, size_t size);

/* All of the side band up to 'time' has been given. Writes samples that waited for it, or for rules
 * that have been made by now. */
void live_stacks_known_until(struct live_stacks *l, uint64_t time, struct writer *w);

/* One record of a sampling event. A sample is written as the same one with its whole callchain and
 * without registers and stack (its attr: event_spec_stacks() with STACKS_CHAIN), now or later; other
 * records as they are. */
void live_stacks_record(struct live_stacks *l, const void *record, size_t size,
			struct writer *w);

/* Whether samples wait for rules: later rounds will hold older samples than this one. */
bool live_stacks_is_behind(const struct live_stacks *l);

/* No more records: makes all rules that are asked for, and writes what still waits. */
void live_stacks_end(struct live_stacks *l, struct writer *w);

/* Samples that could not wait, because too many did: their user stacks are the instruction alone, and
 * marked as truncated. */
uint64_t live_stacks_dropped_to_fp(const struct live_stacks *l);
