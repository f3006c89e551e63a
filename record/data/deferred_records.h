/* Synthesized records of processes that ran before the recording, held back until the
 * first real record of their process: most processes never have one. */
#pragma once

#include "base/hashmap.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialize. */
struct deferred_records {
	VEC(uint8_t) records; /* one after the other */
	VEC(struct deferred_process) processes;
	struct hashmap by_pid;
};

/* Records of a process that follow each other: the bytes [from, to). */
struct deferred_process {
	uint32_t pid;
	size_t from, to;
};

/* Keeps a copy of a record of the process. */
void deferred_records_add(struct deferred_records *l, uint32_t pid, const void *record,
			  size_t size);

/* Removes some records of the process, in the order in which they were added, and returns
 * them; they are valid until the next deferred_records_add(). False if there are none, or
 * no more. */
bool deferred_records_take(struct deferred_records *l, uint32_t pid, const void **records,
			   size_t *size);

void deferred_records_release(struct deferred_records *l);
