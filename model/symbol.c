#include "model/symbol.h"

#include "base/bisect.h"
#include "base/narrow.h"
#include "base/sort.h"

#include <stddef.h>

/* Depth of symbols inside of symbols; only damaged files have more. */
enum { NESTING_MAX = 64 };

struct symbol_table *symbol_table_new(void)
{
	return mem_new(1, sizeof(struct symbol_table));
}

void symbol_table_free(struct symbol_table **t)
{
	if (!*t)
		return;
	vec_release(&(*t)->items);
	arena_release(&(*t)->text);
	mem_free(*t);
	*t = NULL;
}

void symbol_table_add(struct symbol_table *t, uint64_t start, uint64_t end,
		      const char *name)
{
	vec_push(&t->items, ((struct symbol){.start = start, .end = end, .name = name}));
}

/* Assembly code has symbols inside of symbols: after an inner one, the outer one goes
 * on. */
static void symbols_link_outer(struct symbol *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t outer = i;

		for (size_t steps = 0; outer && steps < NESTING_MAX; steps++) {
			if (items[outer - 1].end > items[i].start)
				break;
			outer = items[outer - 1].outer;
		}
		items[i].outer = outer && items[outer - 1].end > items[i].start
					 ? narrow_u32(outer)
					 : 0;
	}
}

void symbol_table_finish(struct symbol_table *t, uint64_t limit)
{
	struct symbol *items = t->items.items;
	size_t n = 0;

	/* Symbols of the same start keep their order. */
	sort_items(items, t->items.n, sizeof(*items), offsetof(struct symbol, start));
	for (size_t i = 0; i < t->items.n; i++)
		if (!n || items[i].start != items[n - 1].start)
			items[n++] = items[i];
	t->items.n = n;
	for (size_t i = 0; i < n; i++) {
		uint64_t next = i + 1 < n ? items[i + 1].start : limit;

		if (items[i].end <= items[i].start)
			items[i].end = next > items[i].start ? next : items[i].start + 1;
	}
	symbols_link_outer(items, n);
}

size_t symbol_table_memory(const struct symbol_table *t)
{
	return t->items.n * sizeof(*t->items.items) + arena_size(&t->text);
}

struct symbol *symbol_table_find(struct symbol_table *t, uint64_t at)
{
	struct symbol *items = t->items.items;
	size_t low = bisect(0, t->items.n, i, items[i].start <= at);

	for (size_t steps = 0; low && steps < NESTING_MAX; steps++) {
		if (at < items[low - 1].end) {
			items[low - 1].hit = true;
			return &items[low - 1];
		}
		low = items[low - 1].outer;
	}
	return NULL;
}
