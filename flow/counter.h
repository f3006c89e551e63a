/* The second pass over a recording: its samples, equal callchains of equal meaning counted once. */
#pragma once

#include "base/error.h"
#include "flow/selection.h"
#include "flow/slices.h"
#include "flow/user_stack.h"
#include "model/callchain.h"
#include "model/process.h"
#include "record/data/cursor.h"

#define COUNTER_ALL_EVENTS UINT32_MAX

struct counter {
	uint32_t event;	      /* which one's samples are counted, or COUNTER_ALL_EVENTS */
	uint64_t first, last; /* times of its samples, 0: there are none */
	struct root_table roots;
	struct callchain_table chains; /* their 'root' is one of 'roots' */
	/* Of 'chains'; with the wanted number of them when it begins. */
	struct slices slices;
	/* Unwinds samples that carry a stack; one thread counts then. NULL: every chain is taken as
	 * it stands there. */
	struct user_stack *stacks;
};

void counter_release(struct counter *c);

/* Counts the samples of the event that are selected; 'procs' holds all of the side band. 'spans' are
 * those of cursor_spans(): each is counted by a thread; the result is the same as with one span.
 * Returns -1 if the recording is damaged; the samples before the damage were counted. */
int counter_run(struct counter *c, const struct recording *recording,
		const struct record_span *spans, size_t n_spans,
		const struct selection *selection, const struct process_table *procs,
		struct error *err);
