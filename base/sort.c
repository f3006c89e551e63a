#include "base/sort.h"

#include "base/mem.h"

#include <stdbool.h>
#include <string.h>

enum { DIGIT_BITS = 8, DIGITS = 64 / DIGIT_BITS, VALUES = 1 << DIGIT_BITS };

static bool is_sorted(const struct sort_item *items, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (items[i].key < items[i - 1].key)
			return false;
	return true;
}

/* One digit, by counting: from 'from' to 'to'. False where all items have the same. */
static bool place(const struct sort_item *from, struct sort_item *to, size_t n, int shift)
{
	size_t starts[VALUES] = {0}, at = 0;

	for (size_t i = 0; i < n; i++)
		starts[from[i].key >> shift & (VALUES - 1)]++;
	if (starts[from[0].key >> shift & (VALUES - 1)] == n)
		return false;
	for (size_t v = 0; v < VALUES; v++) {
		size_t count = starts[v];

		starts[v] = at;
		at += count;
	}
	for (size_t i = 0; i < n; i++)
		to[starts[from[i].key >> shift & (VALUES - 1)]++] = from[i];
	return true;
}

void sort_by_key(struct sort_item *items, size_t n)
{
	struct sort_item *from = items, *to, *spare;

	if (is_sorted(items, n))
		return;
	to = spare = mem_resize(NULL, n, sizeof(*spare));
	for (int digit = 0; digit < DIGITS; digit++) {
		if (place(from, to, n, digit * DIGIT_BITS)) {
			struct sort_item *other = from;

			from = to;
			to = other;
		}
	}
	if (from != items)
		memcpy(items, from, n * sizeof(*items));
	mem_free(spare);
}
