/* An event as flame opens it, and the data that the kernel stores with each of its
 * records. */
#pragma once

#include "base/vec.h"
#include "record/data/known_event.h"

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdint.h>

/* The trailer of every record that is no sample (sample_id_all), the same for all events;
 * with more than one sampling event PERF_SAMPLE_IDENTIFIER is added. Times are of
 * CLOCK_MONOTONIC, like those of jitdump files. */
#define EVENT_SPEC_SAMPLE_ID (PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CPU)

/* The stack data of each sample. */
enum stacks {
	STACKS_CHAIN,  /* the callchain; its user part by frame pointers */
	STACKS_NONE,   /* the instruction alone */
	STACKS_COPIED, /* callchain, user registers, and a copy of the user stack's top */
	STACKS_RAW, /* the same, but the callchain is the kernel part alone, as in perf */
};

enum {
	STACK_SIZE_LEAST = 512,	 /* smallest automatic size, bytes */
	STACK_SIZE_RAW = 16384,	 /* largest automatic size for copies that are stored */
	STACK_SIZE_MOST = 65528, /* largest multiple of 8 that a record can hold */
};

struct event_spec {
	char name[64];		     /* "cycles", "cpu-clock", "dummy:HG" */
	struct perf_event_attr attr; /* attr.size is 128, which perf 6.1 reads */
	VEC(uint64_t) ids;	     /* one for each descriptor, once opened */
};

/* The event to sample by default: 'cycles' if this machine counts them, else
 * 'cpu-clock'. */
const struct known_event *event_spec_default(void);

/* A sampling event, with a callchain in each sample. 'frequency' in samples/s of each
 * CPU, at least 1; for an event that counts time the frequency becomes a fixed period,
 * stored once in the attr. 'kernel' false leaves the kernel out (no permission). */
void event_spec_sample(struct event_spec *e, const struct known_event *event,
		       uint64_t frequency, bool kernel);

/* Sets the stack data of each sample; 'size' in bytes of the copy, a multiple of 8. On
 * machines with registers that flame does not know, copies are left out: each sample has
 * the callchain alone. */
void event_spec_stacks(struct event_spec *e, enum stacks stacks, uint32_t size);

/* The side band: no samples, but every mmap, comm, exec, fork, exit, ksymbol, cgroup. */
void event_spec_side_band(struct event_spec *e, bool kernel);

/* The attr of 'sample' with the side-band flags of 'side_band', as if one event had made
 * the records of both. */
struct perf_event_attr event_spec_joined(const struct event_spec *sample,
					 const struct event_spec *side_band);

void event_spec_release(struct event_spec *e);
