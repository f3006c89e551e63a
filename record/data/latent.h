/* What is known of processes but not told yet: records of what was there before a recording began, most
 * of which nobody will ever ask for. */
#pragma once

#include "base/hashmap.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zeros: nothing is known. */
struct latent {
	VEC(uint8_t) records; /* one after the other */
	VEC(struct latent_process) processes;
	struct hashmap by_pid;
};

/* Records in [from, to). */
struct latent_process {
	uint32_t pid;
	size_t from, to;
};

/* Keeps a record of a process. */
void latent_add(struct latent *l, uint32_t pid, const void *record, size_t size);

/* Some records of the process, in the order in which they were added; valid until the next
 * latent_add(). False where there are none, or no more. */
bool latent_take(struct latent *l, uint32_t pid, const void **records, size_t *size);

void latent_release(struct latent *l);
