/* Memory that several users share, in bytes. A user asks before it allocates; nothing is
 * allocated here. All functions may be called by several threads, and take NULL for a
 * budget without a limit. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct budget {
	uint64_t all;
	_Atomic(uint64_t) used;
};

/* One user's part. Zero-initialize; 'from' may be set. */
struct budget_part {
	struct budget *from; /* the caller's, NULL: no limit */
	uint64_t taken;
	bool was_refused;
};

/* Takes 'n' bytes. No user gets more than half of all, so that one cannot starve the
 * others. Returns false and sets 'was_refused' if less is left. */
bool budget_take(struct budget_part *part, uint64_t n);

/* Gives everything back. */
void budget_return(struct budget_part *part);
