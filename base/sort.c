#include "base/sort.h"

#include "base/mem.h"
#include "base/narrow.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { DIGIT_BITS = 8, KEY_BITS = 64, VALUES = 1 << DIGIT_BITS };

static uint64_t key_of(const char *item, size_t key_at)
{
	uint64_t key;

	memcpy(&key, item + key_at, sizeof(key));
	return key;
}

static bool is_sorted(const char *items, size_t n, size_t size, size_t key_at)
{
	for (size_t i = 1; i < n; i++)
		if (key_of(items + i * size, key_at) <
		    key_of(items + (i - 1) * size, key_at))
			return false;
	return true;
}

/* Sorts by one digit, by counting, from 'from' to 'to'. */
static void sort_by_digit(const struct sort_item *from, struct sort_item *to, size_t n,
			  int shift)
{
	size_t starts[VALUES] = {0}, start = 0;

	for (size_t i = 0; i < n; i++)
		starts[from[i].key >> shift & (VALUES - 1)]++;
	for (size_t v = 0; v < VALUES; v++) {
		size_t count = starts[v];

		starts[v] = start;
		start += count;
	}
	for (size_t i = 0; i < n; i++)
		to[starts[from[i].key >> shift & (VALUES - 1)]++] = from[i];
}

/* Returns the bits in which keys differ. */
static uint64_t differing_bits(const struct sort_item *items, size_t n)
{
	uint64_t bits = 0;

	for (size_t i = 1; i < n; i++)
		bits |= items[i].key ^ items[0].key;
	return bits;
}

void sort_by_key(struct sort_item *items, size_t n)
{
	struct sort_item *from = items, *to, *spare;
	uint64_t bits;

	if (is_sorted((const char *)items, n, sizeof(*items),
		      offsetof(struct sort_item, key)))
		return;
	to = spare = mem_resize(NULL, n, sizeof(*spare));
	bits = differing_bits(items, n);
	for (int shift = 0; shift < KEY_BITS; shift += DIGIT_BITS) {
		struct sort_item *other = from;

		if (!(bits >> shift & (VALUES - 1)))
			continue;
		sort_by_digit(from, to, n, shift);
		from = to;
		to = other;
	}
	if (from != items)
		memcpy(items, from, n * sizeof(*items));
	mem_free(spare);
}

void sort_items(void *items, size_t n, size_t size, size_t key_at)
{
	struct sort_item *keys;
	char *from = items, *sorted;

	assert(key_at + sizeof(uint64_t) <= size);
	if (is_sorted(from, n, size, key_at))
		return;
	keys = mem_resize(NULL, n, sizeof(*keys));
	sorted = mem_resize(NULL, n, size);
	for (size_t i = 0; i < n; i++)
		keys[i] = (struct sort_item){key_of(from + i * size, key_at),
					     narrow_u32(i)};
	sort_by_key(keys, n);
	for (size_t i = 0; i < n; i++)
		memcpy(sorted + i * size, from + keys[i].index * size, size);
	memcpy(items, sorted, n * size);
	mem_free(sorted);
	mem_free(keys);
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void sort_doubles(double *values, size_t n)
{
	if (n)
		qsort(values, n, sizeof(*values), compare_doubles);
}
