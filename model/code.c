#include "model/code.h"

#include "base/sort.h"

#include <string.h>

enum { OVERLAPS_MAX = 256 }; /* of a function with others, on average */

struct code_table *code_table_new(void)
{
	return mem_new(1, sizeof(struct code_table));
}

void code_table_free(struct code_table **t)
{
	if (!*t)
		return;
	vec_release(&(*t)->items);
	vec_release(&(*t)->changes);
	arena_release(&(*t)->text);
	mem_free(*t);
	*t = NULL;
}

struct code *code_table_add(struct code_table *t, uint64_t start, uint64_t end,
			    uint64_t from, const char *name, size_t len)
{
	char *own;

	len = strnlen(name, len < CODE_NAME_MAX ? len : CODE_NAME_MAX);
	if (end <= start || !len)
		return NULL;
	own = arena_str(&t->text, name, len);
	for (char *p = own; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	vec_push(&t->items, ((struct code){.start = start,
					   .end = end,
					   .from = from,
					   .until = CODE_FOR_EVER,
					   .name = own}));
	return vec_last(&t->items);
}

/* Orders the items by the keys, which are theirs by index. */
static void sort(struct code_table *t, struct sort_item *keys)
{
	size_t n = t->items.n;
	struct code *sorted = mem_resize(NULL, n, sizeof(*sorted));

	sort_by_key(keys, n);
	for (size_t i = 0; i < n; i++)
		sorted[i] = t->items.items[keys[i].index];
	mem_free(t->items.items);
	t->items.items = sorted;
	t->items.cap = n;
}

static void sort_twice(struct code_table *t)
{
	size_t n = t->items.n;
	struct sort_item *keys = mem_resize(NULL, n, sizeof(*keys));

	for (size_t i = 0; i < n; i++)
		keys[i] = (struct sort_item){t->items.items[i].from, (uint32_t)i};
	sort(t, keys);
	for (size_t i = 0; i < n; i++) {
		t->items.items[i].order = (uint32_t)i;
		keys[i] = (struct sort_item){t->items.items[i].start, (uint32_t)i};
	}
	sort(t, keys);
	mem_free(keys);
}

/* Those that reach into an item are then the chain of its 'outer', and some more. */
static void find_outer(struct code_table *t)
{
	struct code *items = t->items.items;

	for (size_t i = 0; i < t->items.n; i++) {
		size_t outer = i;

		while (outer && items[outer - 1].end <= items[i].start)
			outer = items[outer - 1].outer;
		items[i].outer = (uint32_t)outer;
	}
}

/* One of the two overlapping ones was written over the other. */
static void write_over(struct code *a, struct code *b)
{
	struct code *old = a->order < b->order ? a : b, *new = old == a ? b : a;

	if (new->from < old->until)
		old->until = new->from;
	new->is_first = false;
}

/* False where there are too many overlaps. */
static bool end_overwritten(struct code_table *t)
{
	struct code *items = t->items.items;
	size_t steps = OVERLAPS_MAX * (t->items.n + OVERLAPS_MAX);

	for (size_t i = 0; i < t->items.n; i++)
		items[i].is_first = true;
	for (size_t i = 0; i < t->items.n; i++) {
		for (size_t o = items[i].outer; o; o = items[o - 1].outer) {
			if (!steps--)
				return false;
			if (items[o - 1].end > items[i].start)
				write_over(&items[o - 1], &items[i]);
		}
	}
	return true;
}

static void drop_never(struct code_table *t, bool is_all)
{
	size_t n = 0;

	for (size_t i = 0; i < t->items.n; i++) {
		struct code *c = &t->items.items[i];

		if (is_all && c->is_first)
			c->from = 0;
		if (c->from < c->until)
			t->items.items[n++] = *c;
	}
	t->items.n = n;
}

/* Whether something else than 'c' is at its start at 'time'. */
static bool is_change(const struct code_table *t, const struct code *c, uint64_t time)
{
	const struct code *other = code_table_find(t, c->start, time);

	/* The same function told of once more is none. */
	return !other || other->start != c->start || other->end != c->end ||
	       strcmp(other->name, c->name) != 0;
}

static void note_changes(struct code_table *t)
{
	struct sort_item *keys = mem_resize(NULL, t->items.n, 2 * sizeof(*keys));
	const struct code *c;
	size_t n = 0;

	vec_each(c, &t->items) {
		if (c->from && is_change(t, c, c->from - 1))
			keys[n++].key = c->from;
		if (c->until != CODE_FOR_EVER && is_change(t, c, c->until))
			keys[n++].key = c->until;
	}
	sort_by_key(keys, n);
	vec_reserve(&t->changes, n);
	for (size_t i = 0; i < n; i++)
		t->changes.items[t->changes.n++] = keys[i].key;
	mem_free(keys);
}

void code_table_finish(struct code_table *t, bool is_all)
{
	sort_twice(t);
	find_outer(t);
	if (!end_overwritten(t))
		t->items.n = 0;
	drop_never(t, is_all);
	find_outer(t);
	note_changes(t);
}

const struct code *code_table_find(const struct code_table *t, uint64_t addr,
				   uint64_t time)
{
	const struct code *items = t->items.items;
	size_t low = 0, high = t->items.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (items[mid].start <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low; low = items[low - 1].outer) {
		const struct code *c = &items[low - 1];

		if (addr < c->end && c->from <= time && time < c->until)
			return c;
	}
	return NULL;
}
