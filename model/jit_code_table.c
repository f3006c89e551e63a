#include "model/jit_code_table.h"

#include "base/bisect.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "base/sort.h"

#include <stddef.h>
#include <string.h>

/* Limit for overlaps with other functions, mean over all functions. */
enum { OVERLAPS_MAX = 256 };

struct jit_code_table *jit_code_table_new(void)
{
	return mem_new(1, sizeof(struct jit_code_table));
}

void jit_code_table_free(struct jit_code_table **t)
{
	if (!*t)
		return;
	vec_release(&(*t)->items);
	vec_release(&(*t)->changes);
	mem_free((*t)->reach);
	arena_release(&(*t)->text);
	mem_free(*t);
	*t = NULL;
}

struct jit_function *jit_code_table_add(struct jit_code_table *t, uint64_t start,
					uint64_t end, uint64_t from, const char *name,
					size_t len)
{
	char *own;

	len = strnlen(name, len < JIT_NAME_MAX ? len : JIT_NAME_MAX);
	if (end <= start || !len)
		return NULL;
	own = arena_str(&t->text, name, len);
	for (char *p = own; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	vec_push(&t->items, ((struct jit_function){.start = start,
						   .end = end,
						   .from = from,
						   .until = JIT_FOR_EVER,
						   .name = own}));
	return vec_last(&t->items);
}

size_t jit_code_table_memory(const struct jit_code_table *t)
{
	return t->items.n * sizeof(*t->items.items) +
	       t->changes.n * sizeof(*t->changes.items) +
	       2 * t->n_leaves * sizeof(*t->reach) + arena_size(&t->text);
}

static void functions_sort(struct jit_code_table *t)
{
	struct jit_function *items = t->items.items;
	size_t n = t->items.n;

	sort_items(items, n, sizeof(*items), offsetof(struct jit_function, from));
	for (size_t i = 0; i < n; i++)
		items[i].order = narrow_u32(i);
	sort_items(items, n, sizeof(*items), offsetof(struct jit_function, start));
}

/* Functions of one start are a group, sorted by time. */
static void functions_group(struct jit_code_table *t)
{
	struct jit_function *items = t->items.items;
	size_t n = t->items.n, first = 0;

	/* One leaf is free, for functions_reaching() to begin at. */
	for (t->n_leaves = 1; t->n_leaves <= n;)
		t->n_leaves *= 2;
	t->reach = mem_new(2 * t->n_leaves, sizeof(*t->reach));
	for (size_t i = 0; i < n; i++) {
		if (items[i].start != items[first].start)
			first = i;
		items[i].first = narrow_u32(first);
		t->reach[t->n_leaves + i] = items[i].end;
	}
	for (size_t node = t->n_leaves - 1; node; node--) {
		uint64_t left = t->reach[2 * node], right = t->reach[2 * node + 1];

		t->reach[node] = left > right ? left : right;
	}
}

/* Returns the number of functions up to the last one before 'end' that ends after
 * 'addr', or 0. */
static size_t functions_reaching(const struct jit_code_table *t, size_t end,
				 uint64_t addr)
{
	size_t node = t->n_leaves + end;

	/* Up, until a subtree on the left has one; then down to the last one in there. */
	while (node > 1 && (!(node & 1) || t->reach[node - 1] <= addr))
		node /= 2;
	if (node <= 1)
		return 0;
	for (node--; node < t->n_leaves;)
		node = 2 * node + (t->reach[2 * node + 1] > addr);
	return node - t->n_leaves + 1;
}

/* All addresses at which a function starts or ends. Between two neighbours there is at
 * most one function at a time. */
struct cuts {
	uint64_t *addrs;
	/* function from each address to the next, while time passes; NULL: none */
	struct jit_function **owners;
	size_t n;
};

static struct cuts cuts_of(const struct jit_code_table *t)
{
	size_t n = t->items.n;
	struct sort_item *keys = mem_resize(NULL, 2 * n, sizeof(*keys));
	struct cuts c = {.addrs = mem_resize(NULL, 2 * n, sizeof(*c.addrs)),
			 .owners = mem_new(2 * n + 1, sizeof(*c.owners))};

	for (size_t i = 0; i < n; i++) {
		keys[2 * i].key = t->items.items[i].start;
		keys[2 * i + 1].key = t->items.items[i].end;
	}
	sort_by_key(keys, 2 * n);
	for (size_t i = 0; i < 2 * n; i++)
		if (!i || keys[i].key != keys[i - 1].key)
			c.addrs[c.n++] = keys[i].key;
	mem_free(keys);
	return c;
}

static void cuts_release(struct cuts *c)
{
	mem_free(c->addrs);
	mem_free(c->owners);
}

static size_t cut_at(const struct cuts *c, uint64_t addr)
{
	return bisect(0, c->n, i, c->addrs[i] < addr);
}

/* Ends the functions that 'new' overwrites. Returns false if *steps are used up. */
static bool cuts_overwrite(const struct cuts *c, struct jit_function *new, size_t *steps)
{
	for (size_t i = cut_at(c, new->start); i < c->n && c->addrs[i] < new->end; i++) {
		struct jit_function *old = c->owners[i];

		if (!(*steps)--)
			return false;
		c->owners[i] = new;
		if (!old)
			continue;
		if (new->from < old->until)
			old->until = new->from;
		new->is_first = false;
	}
	return true;
}

/* Returns false if nearly all functions overlap. */
static bool functions_end_overwritten(struct jit_code_table *t)
{
	scoped(cuts_release) struct cuts c = cuts_of(t);
	size_t n = t->items.n, steps = OVERLAPS_MAX * (n + OVERLAPS_MAX);
	struct jit_function **by_order =
		mem_resize(NULL, n, sizeof(struct jit_function *));
	bool is_good = true;

	for (size_t i = 0; i < n; i++) {
		struct jit_function *it = &t->items.items[i];

		it->is_first = true;
		by_order[it->order] = it;
	}
	for (size_t i = 0; i < n && is_good; i++)
		is_good = cuts_overwrite(&c, by_order[i], &steps);
	mem_free(by_order);
	return is_good;
}

static void functions_drop_empty(struct jit_code_table *t, bool is_all)
{
	size_t n = 0;

	for (size_t i = 0; i < t->items.n; i++) {
		struct jit_function *c = &t->items.items[i];

		if (is_all && c->is_first)
			c->from = 0;
		if (c->from < c->until)
			t->items.items[n++] = *c;
	}
	t->items.n = n;
}

/* Whether another function than 'c', or none, is at its start at 'time'. */
static bool is_change(const struct jit_code_table *t, const struct jit_function *c,
		      uint64_t time)
{
	const struct jit_function *other = jit_code_table_find(t, c->start, time);

	/* A second record of the same function is no change. */
	return !other || other->start != c->start || other->end != c->end ||
	       strcmp(other->name, c->name) != 0;
}

static void changes_list(struct jit_code_table *t)
{
	struct sort_item *keys = mem_resize(NULL, t->items.n, 2 * sizeof(*keys));
	const struct jit_function *c;
	size_t n = 0;

	vec_each(c, &t->items) {
		if (c->from && is_change(t, c, c->from - 1))
			keys[n++].key = c->from;
		if (c->until != JIT_FOR_EVER && is_change(t, c, c->until))
			keys[n++].key = c->until;
	}
	sort_by_key(keys, n);
	vec_reserve(&t->changes, n);
	for (size_t i = 0; i < n; i++)
		t->changes.items[t->changes.n++] = keys[i].key;
	mem_free(keys);
}

void jit_code_table_finish(struct jit_code_table *t, bool is_all)
{
	functions_sort(t);
	if (!functions_end_overwritten(t))
		t->items.n = 0;
	functions_drop_empty(t, is_all);
	functions_group(t);
	changes_list(t);
}

/* Returns the end of the functions from 'low' up to 'high' that start at or before 'addr'
 * and exist at or before 'time'. */
static size_t functions_until(const struct jit_function *items, size_t low, size_t high,
			      uint64_t addr, uint64_t time)
{
	return bisect(low, high, i, items[i].start <= addr && items[i].from <= time);
}

const struct jit_function *jit_code_table_find(const struct jit_code_table *t,
					       uint64_t addr, uint64_t time)
{
	const struct jit_function *items = t->items.items;
	size_t end = functions_until(items, 0, t->items.n, addr, UINT64_MAX);

	while (end && (end = functions_reaching(t, end, addr))) {
		size_t first = items[end - 1].first;
		size_t own_end = functions_until(items, first, end, addr, time);

		if (own_end > first && addr < items[own_end - 1].end &&
		    time < items[own_end - 1].until)
			return &items[own_end - 1];
		end = first;
	}
	return NULL;
}
