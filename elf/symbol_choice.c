#include "elf/symbol_choice.h"

#include "base/narrow.h"
#include "base/sort.h"

#include <string.h>

void symbol_choice_release(struct symbol_choice *c)
{
	vec_release(&c->items);
}

/* The indices of the candidates, sorted by start; the caller frees the array with
 * mem_free(). */
static struct sort_item *candidates_sort(const struct symbol_choice *c)
{
	size_t n = c->items.n;
	struct sort_item *keys = mem_resize(NULL, n, sizeof(*keys));

	for (size_t i = 0; i < n; i++)
		keys[i] = (struct sort_item){c->items.items[i].start, narrow_u32(i)};
	sort_by_key(keys, n);
	return keys;
}

void symbol_choice_add(struct symbol_choice *c, const struct candidate *candidate)
{
	struct candidate *added = vec_add(&c->items);

	*added = *candidate;
	added->len = narrow_u32(strlen(candidate->name));
	added->underscores = narrow_u32(strspn(candidate->name, "_"));
}

static int names_compare(const struct candidate *a, const struct candidate *b)
{
	if (a->underscores != b->underscores)
		return a->underscores < b->underscores ? -1 : 1;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return a->name == b->name ? 0 : memcmp(a->name, b->name, a->len);
}

static bool candidate_is_better(const struct candidate *a, const struct candidate *b)
{
	int order;

	if (a->is_open != b->is_open)
		return b->is_open;
	if (a->binding != b->binding)
		return a->binding < b->binding;
	if (a->is_label != b->is_label)
		return b->is_label;
	order = names_compare(a, b);
	return order ? order < 0 : a->end > b->end;
}

void symbol_choice_finish(struct symbol_choice *c, struct symbol_table *t)
{
	size_t n = c->items.n, next;
	struct sort_item *keys = n ? candidates_sort(c) : NULL;
	uint64_t covered = 0; /* the largest end of a candidate with a size so far */

	vec_reserve(&t->items, n);
	for (size_t i = 0; i < n; i = next) {
		const struct candidate *best = &c->items.items[keys[i].index];
		uint64_t end;

		for (next = i + 1; next < n && keys[next].key == keys[i].key; next++)
			if (candidate_is_better(&c->items.items[keys[next].index], best))
				best = &c->items.items[keys[next].index];
		if (best->is_open && best->is_label && best->start < covered)
			continue;
		end = best->end;
		if (best->is_open && next < n && keys[next].key < end)
			end = keys[next].key;
		if (!best->is_open && end > covered)
			covered = end;
		symbol_table_add(t, best->start, end, best->name);
	}
	mem_free(keys);
	symbol_table_finish(t, UINT64_MAX);
}
