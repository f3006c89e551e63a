/* Which events are counted, and what the kernel writes down of each. */
#pragma once

#include "base/vec.h"

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdint.h>

/* What ends every record that is no sample (sample_id_all): one shape for all events, without the
 * event's id, because a recording has only one that samples. Times are of CLOCK_MONOTONIC, which
 * jitdump files have too. */
#define EVENT_SPEC_SAMPLE_ID (PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CPU)

/* What the kernel writes down of the stack with each sample. */
enum stacks {
	STACKS_CHAIN,  /* the callchain; the user's part of it by frame pointers */
	STACKS_NONE,   /* the instruction alone */
	STACKS_COPIED, /* that, the user's registers, and a copy of the user stack's top */
	STACKS_RAW, /* the same, but the callchain is the kernel's part alone: as perf has it */
};

enum {
	STACK_SIZE_LEAST = 512,	 /* that is chosen where none is given */
	STACK_SIZE_RAW = 16384,	 /* chosen at most for copies that are stored */
	STACK_SIZE_MOST = 65528, /* largest multiple of 8 that a record can hold */
};

struct event_spec {
	char name[64];		     /* "cycles", "cpu-clock", "dummy:HG" */
	struct perf_event_attr attr; /* attr.size is 128, what perf 6.1 reads */
	VEC(uint64_t) ids;	     /* one for each descriptor, once opened */
};

/* The sampling event: 'cycles' where this machine counts them, else cpu-clock. 'frequency' in
 * samples/s of each CPU; of a clock that is one period, told by the attr instead of each sample. Samples
 * begin with instruction and task, which the writer relies on. 'kernel' false leaves the kernel out
 * (no permission). */
void event_spec_sample(struct event_spec *e, uint64_t frequency, bool kernel);

/* Has the event tell this of the stacks: 'size' bytes of copy, a multiple of 8. Where flame does not
 * know the registers of the machine it runs on, there is the callchain alone. */
void event_spec_stacks(struct event_spec *e, enum stacks stacks, uint32_t size);

/* The side band: no samples, but every mmap, comm, exec, fork, exit, ksymbol, cgroup. */
void event_spec_side_band(struct event_spec *e, bool kernel);

/* The attr of a recording with the samples of one event and the side band of the other: as if a
 * single one had told it all. */
struct perf_event_attr event_spec_joined(const struct event_spec *sample,
					 const struct event_spec *side_band);

void event_spec_release(struct event_spec *e);
