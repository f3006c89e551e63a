/* Numbers for ranges of addresses. Ranges may be nested. */
#pragma once

#include "base/vec.h"

#include <stdint.h>

#define RANGE_NONE UINT32_MAX

struct range {
	uint64_t start, end; /* [start, end) */
	uint32_t item;
	/* index + 1 of the last range before that reaches into this one, or 0 */
	uint32_t outer;
};

/* Zero-initialize. */
struct range_table {
	VEC(struct range) items;
};

void range_table_release(struct range_table *t);

/* Adds a range of 'item', which must be less than RANGE_NONE. Empty ranges are
 * ignored. Of ranges with the same start the outer one must be added first. */
void range_table_add(struct range_table *t, uint64_t start, uint64_t end, uint32_t item);

/* Sorts the table for searches. To be called once, after the last range. */
void range_table_finish(struct range_table *t);

/* Returns the item of the innermost range that contains 'at', or RANGE_NONE. */
uint32_t range_table_find(const struct range_table *t, uint64_t at);
