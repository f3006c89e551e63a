#include "symbolize/symbol_choice.h"

#include <string.h>

struct key {
	uint64_t start;
	uint32_t item;
};

void symbol_choice_release(struct symbol_choice *c)
{
	vec_release(&c->items);
}

static bool is_sorted(const struct symbol_choice *c)
{
	for (size_t i = 1; i < c->items.n; i++)
		if (c->items.items[i - 1].start > c->items.items[i].start)
			return false;
	return true;
}

/* One pass of a radix sort; false where all keys share this byte and nothing was moved. */
static bool sort_by_byte(const struct key *from, struct key *to, size_t n, unsigned shift)
{
	size_t at[256] = {0}, sum = 0;

	for (size_t i = 0; i < n; i++)
		at[from[i].start >> shift & 255]++;
	if (at[from[0].start >> shift & 255] == n)
		return false;
	for (size_t i = 0; i < 256; i++) {
		size_t count = at[i];

		at[i] = sum;
		sum += count;
	}
	for (size_t i = 0; i < n; i++)
		to[at[from[i].start >> shift & 255]++] = from[i];
	return true;
}

/* The candidates' numbers by start; mem_free() ends the array. */
static struct key *sort(const struct symbol_choice *c)
{
	size_t n = c->items.n;
	struct key *keys = mem_resize(NULL, n, sizeof(*keys));
	struct key *spare;

	for (size_t i = 0; i < n; i++)
		keys[i] = (struct key){c->items.items[i].start, (uint32_t)i};
	/* The kernel hands its own out in order. */
	if (is_sorted(c))
		return keys;
	spare = mem_resize(NULL, n, sizeof(*spare));
	for (unsigned shift = 0; shift < 64; shift += 8) {
		if (sort_by_byte(keys, spare, n, shift)) {
			struct key *sorted = spare;

			spare = keys;
			keys = sorted;
		}
	}
	mem_free(spare);
	return keys;
}

static int compare_names(const char *a, const char *b)
{
	size_t under_a = strspn(a, "_"), under_b = strspn(b, "_");
	size_t len_a, len_b;

	if (under_a != under_b)
		return under_a < under_b ? -1 : 1;
	len_a = strlen(a);
	len_b = strlen(b);
	if (len_a != len_b)
		return len_a < len_b ? -1 : 1;
	return strcmp(a, b);
}

static bool is_better(const struct candidate *a, const struct candidate *b)
{
	int order;

	if (a->is_open != b->is_open)
		return b->is_open;
	if (a->binding != b->binding)
		return a->binding < b->binding;
	if (a->is_label != b->is_label)
		return b->is_label;
	order = compare_names(a->name, b->name);
	return order ? order < 0 : a->end > b->end;
}

void symbol_choice_finish(struct symbol_choice *c, struct symbol_table *t)
{
	size_t n = c->items.n, next;
	struct key *keys = n ? sort(c) : NULL;
	uint64_t covered = 0; /* up to here reaches a function whose size is known */

	vec_reserve(&t->items, n);
	for (size_t i = 0; i < n; i = next) {
		const struct candidate *best = &c->items.items[keys[i].item];
		uint64_t end;

		for (next = i + 1; next < n && keys[next].start == keys[i].start; next++)
			if (is_better(&c->items.items[keys[next].item], best))
				best = &c->items.items[keys[next].item];
		if (best->is_open && best->is_label && best->start < covered)
			continue;
		end = best->end;
		if (best->is_open && next < n && keys[next].start < end)
			end = keys[next].start;
		if (!best->is_open && end > covered)
			covered = end;
		symbol_table_add(t, best->start, end, best->name);
	}
	mem_free(keys);
	symbol_table_finish(t, UINT64_MAX);
}
