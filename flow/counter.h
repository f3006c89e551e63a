/* Second pass over a recording: counts its samples. Samples with equal callchains in the
 * same state of their address space are counted together, so that each chain is
 * symbolized once. */
#pragma once

#include "base/error.h"
#include "flow/event_choice.h"
#include "flow/selection.h"
#include "flow/slices.h"
#include "flow/unwinding/user_stack.h"
#include "model/callchain.h"
#include "model/process.h"
#include "model/run_info.h"
#include "record/data/cursor.h"

#include <stddef.h>
#include <stdint.h>

/* Zero-initialize, then set the first four. */
struct counter {
	/* the events to count */
	struct event_choice event;
	/* Unwinds samples that carry a stack; NULL: callchains are counted as they are
	 * stored. */
	struct user_stack *stacks;
	/* Gets the chains that are unwound, and those that the recording has saved; NULL:
	 * they are not kept. Only with 'stacks'. */
	struct saved_stacks *keeps;
	/* 'n' is the wanted number of slices, 0 for none. Filled with the counts of the
	 * chains. */
	struct slices slices;

	/* ns, times of the first and the last sample of the event, selected or not; 0: no
	 * samples */
	uint64_t first, last;
	struct root_table roots;
	/* 'root' of a chain is an index in 'roots' */
	struct callchain_table chains;
};

/* The samples to count. */
struct counter_input {
	const struct recording *recording;
	const struct record_span *spans; /* from cursor_spans() */
	size_t n_spans; /* at least 1; exactly 1 if counter.stacks is set */
	const struct selection *selection;
	const struct process_table *processes; /* of the whole recording, finished */
	const struct run_info *run_info;       /* its changes of the rate */
	/* Whether to leave out the first, the second, ... sample of the recording, which
	 * were counted before; later ones are counted. Not with several spans. */
	const bool *is_done;
	size_t n_done;
};

void counter_release(struct counter *c);

/* Adds the time of a sample of the event. */
void counter_add_time(struct counter *c, uint64_t time);

/* To be called before counter_add(), when 'first' and 'last' are known. */
void counter_begin(struct counter *c, const struct selection *selection);

/* Returns how many samples a sample stands for. 'events' are those of its recording. */
uint64_t counter_samples_of(const struct decode_event *events,
			    const struct run_info *run_info, const struct event *ev);

/* Counts one chain. */
void counter_add(struct counter *c, const struct callchain *chain);

/* Counts the selected samples, each span in a thread of its own. The result does not
 * depend on the spans. Returns -1 if the recording is damaged; the samples before the
 * damage are counted. */
int counter_run(struct counter *c, const struct counter_input *input, struct error *err);
