/* Sorting by a number; by whole ones stably and in linear time. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct sort_item {
	uint64_t key;
	uint32_t index; /* of what the key belongs to */
};

/* Sorts by key; items of equal keys keep their order. */
void sort_by_key(struct sort_item *items, size_t n);

/* Sorts 'n' items of 'size' bytes each by the uint64_t that stands 'key_at' bytes into each; items
 * of equal keys keep their order. */
void sort_items(void *items, size_t n, size_t size, size_t key_at);

/* Sorts numbers, none of which is a NaN. */
void sort_doubles(double *values, size_t n);
