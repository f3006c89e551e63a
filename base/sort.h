/* Sorting by numbers: stable and in linear time for integers. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct sort_item {
	uint64_t key;
	/* of the object that the key belongs to */
	uint32_t index;
};

/* Sorts by key. Items with equal keys keep their order. */
void sort_by_key(struct sort_item *items, size_t n);

/* Sorts 'n' items, fewer than 2^32, of 'size' bytes each by a uint64_t at offset 'key_at'
 * of each. Items with equal keys keep their order. */
void sort_items(void *items, size_t n, size_t size, size_t key_at);

/* Sorts numbers; none of them may be NaN. */
void sort_doubles(double *values, size_t n);
