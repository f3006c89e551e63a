/* Numbers for ranges of addresses, which may lie inside of each other. */
#pragma once

#include "base/vec.h"

#include <stdint.h>

#define RANGE_NONE UINT32_MAX

struct range {
	uint64_t start, end; /* [start, end) */
	uint32_t item;
	uint32_t outer; /* index + 1 of the last one before that reaches into it, or 0 */
};

struct range_table {
	VEC(struct range) items;
};

void range_table_release(struct range_table *t);

/* Adds a range of 'item', below RANGE_NONE; empty ones are ignored. An outer range is to be
 * added before those inside of it. */
void range_table_add(struct range_table *t, uint64_t start, uint64_t end, uint32_t item);

/* Makes the table ready to be searched. To be called once, after the last range. */
void range_table_finish(struct range_table *t);

/* The item of the innermost range that holds 'at', or RANGE_NONE. */
uint32_t range_table_find(const struct range_table *t, uint64_t at);
