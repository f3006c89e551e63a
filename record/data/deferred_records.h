/* What is known of processes but not told yet: records of what was there before a recording began, most
 * of which nobody will ever ask for. */
#pragma once

#include "base/hashmap.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zeros: nothing is known. */
struct deferred_records {
	VEC(uint8_t) records; /* one after the other */
	VEC(struct deferred_process) processes;
	struct hashmap by_pid;
};

/* Records in [from, to). */
struct deferred_process {
	uint32_t pid;
	size_t from, to;
};

/* Keeps a record of a process. */
void deferred_records_add(struct deferred_records *l, uint32_t pid, const void *record,
			  size_t size);

/* Some records of the process, in the order in which they were added; valid until the next
 * deferred_records_add(). False where there are none, or no more. */
bool deferred_records_take(struct deferred_records *l, uint32_t pid, const void **records,
			   size_t *size);

void deferred_records_release(struct deferred_records *l);
