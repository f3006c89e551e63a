/* Counts samples of a long recording while the first pass still reads its side band, so
 * that processes can be forgotten: memory follows different stacks, not processes. A
 * sample with all of its frames in files and in the kernel is counted in the space of
 * files (model/file_space.h). Others are left for the second pass, which needs their
 * processes. */
#pragma once

#include "flow/counter.h"
#include "model/file_space.h"
#include "model/sample_times.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialize, then set the first members. */
struct early_count {
	struct counter *counter; /* 'slices.n' is set */
	struct process_table *processes;
	const struct recording *recording;
	const struct selection *selection;
	const struct run_info *run_info;
	/* Addresses and stored stacks need each process as it was: then no sample is
	 * counted here. */
	bool is_refused;

	/* Filled by early_count_start(). */
	bool is_used;		     /* samples are counted here */
	struct sample_times needed;  /* samples that need their process */
	VEC(uint64_t) event_samples; /* number of samples of each event */

	/* Filled by early_count_until(): for each sample that was read, whether the
	 * second pass is to leave it out; and the number of others. */
	VEC(bool) is_done;
	size_t n_left;

	/* Private. */
	struct cursor *cursor;
	struct event next; /* not counted yet */
	bool has_next;
	struct file_space files;
	VEC(uint64_t) addrs; /* of the sample */
};

void early_count_release(struct early_count *e);

/* Reads the times of all samples. Call it once, before early_count_until(). */
void early_count_start(struct early_count *e);

/* Counts the samples before 'time'; all events of the side band before it must have been
 * applied. Returns the time from which the state of all processes is needed; before it,
 * that for 'needed' is. */
uint64_t early_count_until(struct early_count *e, uint64_t time);
