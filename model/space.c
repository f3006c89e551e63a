#include "model/space.h"

#include "base/bisect.h"
#include "base/narrow.h"
#include "base/sort.h"

#include <assert.h>

enum {
	/* Nodes with which new versions are made; only hostile input needs more. */
	NODES_MAX = 4 << 20,
	/* mappings of a space; Linux allows a process 65,530 by default */
	MAPS_MAX = 1 << 16,
	/* The oldest mappings of a space, which always remain: the program and its
	 * libraries are the first ones. */
	OLDEST_KEPT = 4096,
};

void space_table_release(struct space_table *t)
{
	struct space *sp;

	vec_each(sp, &t->items) {
		vec_release(&sp->versions);
		vec_release(&sp->changes);
	}
	vec_release(&t->items);
	mapping_pool_release(&t->pool);
}

static struct space *space_at(const struct space_table *t, space_id space)
{
	assert(space < t->items.n);
	assert(t->items.items[space].versions.n);
	return &t->items.items[space];
}

space_id space_new(struct space_table *t, space_id parent)
{
	space_id id = t->first_free;
	struct space_version first = {0};

	if (parent != SPACE_NONE)
		first.maps = mapping_tree_share(
			&t->pool, vec_last(&space_at(t, parent)->versions)->maps);
	if (id) {
		t->first_free = t->items.items[--id].next_free;
	} else {
		id = narrow_u32(t->items.n);
		vec_add(&t->items);
	}
	vec_push(&t->items.items[id].versions, first);
	return id;
}

void space_free(struct space_table *t, space_id space)
{
	struct space *sp = space_at(t, space);
	struct space_version *v;

	vec_each(v, &sp->versions)
		mapping_tree_drop(&t->pool, &v->maps);
	vec_release(&sp->versions);
	vec_release(&sp->changes);
	sp->next_free = t->first_free;
	t->first_free = space + 1;
}

/* Leaves the oldest mappings and the newer half of the others. */
static mapping_tree maps_thin(struct mapping_pool *p, mapping_tree maps)
{
	size_t n = mapping_tree_count(p, maps), k = 0;
	const struct mapping_node *node = mapping_tree_at(p, maps, 0);
	struct mapping *all = mem_new(n, sizeof(*all));
	mapping_tree left = 0;

	for (; node; node = mapping_tree_at(p, maps, node->end)) {
		all[k] = node->map;
		all[k].file_off += node->start - node->map.start;
		all[k].start = node->start;
		all[k++].end = node->end;
	}
	sort_items(all, n, sizeof(*all), offsetof(struct mapping, from));
	for (size_t i = 0; i < n; i++)
		if (i < OLDEST_KEPT || i >= n / 2)
			left = mapping_tree_add(p, left, &all[i]);
	mapping_tree_drop(p, &maps);
	mem_free(all);
	return left;
}

void space_map(struct space_table *t, space_id space, const struct mapping *m)
{
	struct space *sp = space_at(t, space);
	struct space_version *last = vec_last(&sp->versions);

	if (m->end <= m->start || mapping_tree_has(&t->pool, last->maps, m))
		return;
	if (m->from > last->from && t->pool.used < NODES_MAX &&
	    mapping_tree_would_change(&t->pool, last->maps, m)) {
		struct space_version next = {m->from, last->maps};

		mapping_tree_share(&t->pool, next.maps);
		vec_push(&sp->versions, next);
		last = vec_last(&sp->versions);
	}
	last->maps = mapping_tree_add(&t->pool, last->maps, m);
	if (mapping_tree_count(&t->pool, last->maps) > MAPS_MAX)
		last->maps = maps_thin(&t->pool, last->maps);
}

void space_changed(struct space_table *t, space_id space, const uint64_t *times, size_t n)
{
	struct space *sp = space_at(t, space);
	size_t old = sp->changes.n;

	vec_reserve(&sp->changes, n);
	sp->changes.n += n;
	/* From the end, so that no time is overwritten before it has moved. */
	for (size_t to = old + n; n; to--) {
		if (old && sp->changes.items[old - 1] > times[n - 1])
			sp->changes.items[to - 1] = sp->changes.items[--old];
		else
			sp->changes.items[to - 1] = times[--n];
	}
}

void space_forget(struct space_table *t, space_id space, const struct space_needs *needs)
{
	struct space *sp = space_at(t, space);
	size_t kept = 0, n = sp->versions.n;

	for (size_t i = 0; i < n; i++) {
		struct space_version *v = &sp->versions.items[i];
		bool is_needed = i + 1 == n || v[1].from > needs->from;

		if (!is_needed && needs->is_needed)
			is_needed = needs->is_needed(needs->data, i ? v->from : 0,
						     v[1].from - 1);
		if (is_needed)
			sp->versions.items[kept++] = *v;
		else
			mapping_tree_drop(&t->pool, &v->maps);
	}
	sp->versions.n = kept;
	vec_shrink(&sp->versions);
}

void space_table_mark_dsos(const struct space_table *t, bool *is_used)
{
	const struct mapping_node *node;

	vec_each(node, &t->pool.nodes)
		if (node->refs)
			is_used[node->map.dso] = true;
}

/* The index of the version that holds at 'time'. */
static size_t version_at(const struct space *sp, uint64_t time)
{
	size_t n = bisect(0, sp->versions.n, i, sp->versions.items[i].from <= time);

	return n ? n - 1 : 0;
}

const struct mapping *space_find_around(const struct space_table *t, space_id space,
					uint64_t addr, uint64_t time, uint64_t *from,
					uint64_t *until)
{
	const struct space_version *v;
	const struct mapping *m;
	const struct space *sp;
	size_t first, n;

	*from = 0;
	*until = UINT64_MAX;
	if (space == SPACE_NONE)
		return NULL;
	sp = space_at(t, space);
	v = sp->versions.items;
	n = sp->versions.n;
	first = version_at(sp, time);
	m = mapping_tree_find(&t->pool, v[first].maps, addr, from, until);
	if (m || first + 1 == n)
		return m;
	/* An address that is mapped stays mapped, so the first version that has it can be
	 * searched. The addresses around it must be new in this version, too. */
	first = bisect(first + 1, n, i,
		       !mapping_tree_find(&t->pool, v[i].maps, addr, &(uint64_t){0},
					  &(uint64_t){0}));
	if (first == n)
		first--;
	else
		mapping_tree_find(&t->pool, v[first - 1].maps, addr, from, until);
	return mapping_tree_find(&t->pool, v[first].maps, addr, from, until);
}

const struct mapping *space_find(const struct space_table *t, space_id space,
				 uint64_t addr, uint64_t time)
{
	uint64_t from, until;

	return space_find_around(t, space, addr, time, &from, &until);
}

const struct mapping_node *space_next(const struct space_table *t, space_id space,
				      uint64_t addr)
{
	return mapping_tree_at(&t->pool, vec_last(&space_at(t, space)->versions)->maps,
			       addr);
}

uint32_t space_epoch(const struct space_table *t, space_id space, uint64_t time,
		     uint64_t *from, uint64_t *until)
{
	const struct space_version *v;
	const struct space *sp;
	size_t version, n;

	if (space == SPACE_NONE)
		return 0;
	sp = space_at(t, space);
	version = version_at(sp, time);
	v = &sp->versions.items[version];
	if (version && v->from > *from)
		*from = v->from;
	if (version + 1 < sp->versions.n && v[1].from < *until)
		*until = v[1].from;
	n = bisect(0, sp->changes.n, i, sp->changes.items[i] <= time);
	if (n && sp->changes.items[n - 1] > *from)
		*from = sp->changes.items[n - 1];
	if (n < sp->changes.n && sp->changes.items[n] < *until)
		*until = sp->changes.items[n];
	return narrow_u32(version + n);
}
