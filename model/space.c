#include "model/space.h"

#include "base/bisect.h"
#include "base/narrow.h"

#include <stdlib.h>

enum {
	DEPTH_MAX = 8,	      /* of forks whose maps are shared and not copied */
	COPIED_MAX = 1 << 20, /* mappings; whoever makes more of them means harm */
	COVERS_A_MAP = 64,    /* segments that a mapping may be cut into, on average */
	LOOK_BACK = 4096      /* mappings that a new one is compared with */
};

void space_table_release(struct space_table *t)
{
	struct space *sp;

	vec_each(sp, &t->items) {
		vec_release(&sp->maps);
		vec_release(&sp->changes);
		vec_release(&sp->segments);
		vec_release(&sp->covers);
	}
	vec_release(&t->items);
}

/* All that 'from' and its ancestors had mapped at 'time', oldest first, into the new space 'to',
 * as having been there always: none of it is a change. */
static void copy_maps(struct space_table *t, space_id to, space_id from, uint64_t time)
{
	space_id chain[DEPTH_MAX + 2];
	uint64_t until[DEPTH_MAX + 2];
	size_t n = 0;

	for (space_id id = from; id != SPACE_NONE; id = t->items.items[id].parent) {
		chain[n] = id;
		until[n++] = time;
		if (t->items.items[id].forked < time)
			time = t->items.items[id].forked;
	}
	while (n--) {
		const struct space *sp = &t->items.items[chain[n]];

		for (size_t i = 0; i < sp->maps.n && sp->maps.items[i].from <= until[n] &&
				   t->copied < COPIED_MAX;
		     i++, t->copied++) {
			struct mapping m = sp->maps.items[i];

			m.from = 0;
			vec_push(&t->items.items[to].maps, m);
		}
	}
}

space_id space_new(struct space_table *t, space_id parent, uint64_t time)
{
	space_id id = narrow_u32(t->items.n);
	struct space *sp = vec_add(&t->items);

	sp->parent = SPACE_NONE;
	/* A parent that maps nothing of its own is passed over: chains of forks stay short. */
	while (parent != SPACE_NONE && !t->items.items[parent].maps.n &&
	       t->items.items[parent].parent != SPACE_NONE) {
		if (t->items.items[parent].forked < time)
			time = t->items.items[parent].forked;
		parent = t->items.items[parent].parent;
	}
	if (parent == SPACE_NONE)
		return id;
	if (t->items.items[parent].depth >= DEPTH_MAX) {
		copy_maps(t, id, parent, time);
		return id;
	}
	sp->parent = parent;
	sp->forked = time;
	sp->depth = t->items.items[parent].depth + 1;
	return id;
}

/* Whether 'm' may hide an older mapping; a wrong "yes" costs nothing but a second look-up. */
static bool overlaps(const struct space *sp, const struct mapping *m)
{
	const struct mapping *it;

	if (sp->maps.n > LOOK_BACK)
		return true;
	vec_each(it, &sp->maps)
		if (it->start < m->end && m->start < it->end)
			return true;
	return false;
}

void space_map(struct space_table *t, space_id space, const struct mapping *m)
{
	struct space *sp = &t->items.items[space];

	if (m->end <= m->start)
		return;
	if (sp->parent != SPACE_NONE || overlaps(sp, m))
		vec_push(&sp->changes, m->from);
	vec_push(&sp->maps, *m);
}

void space_changed(struct space_table *t, space_id space, const uint64_t *times, size_t n)
{
	struct space *sp = &t->items.items[space];
	size_t old = sp->changes.n;

	vec_reserve(&sp->changes, n);
	sp->changes.n += n;
	/* From behind, so that none is written over before it has moved. */
	for (size_t to = old + n; n; to--) {
		if (old && sp->changes.items[old - 1] > times[n - 1])
			sp->changes.items[to - 1] = sp->changes.items[--old];
		else
			sp->changes.items[to - 1] = times[--n];
	}
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The segment that holds 'addr', or the first one behind it. */
static size_t segment_at(const struct space *sp, uint64_t addr)
{
	return bisect(0, sp->segments.n, i, sp->segments.items[i].end <= addr);
}

/* Cuts the addresses at every mapping's start and end. */
static void cut_segments(struct space *sp)
{
	VEC(uint64_t) cuts = {0};
	const struct mapping *m;

	vec_each(m, &sp->maps) {
		vec_push(&cuts, m->start);
		vec_push(&cuts, m->end);
	}
	qsort(cuts.items, cuts.n, sizeof(*cuts.items), by_value);
	sp->segments.n = 0;
	for (size_t i = 1; i < cuts.n; i++)
		if (cuts.items[i] != cuts.items[i - 1])
			vec_push(&sp->segments, ((struct segment){cuts.items[i - 1],
								  cuts.items[i], 0, 0}));
	vec_release(&cuts);
}

/* Fills in which mappings cover each segment. A space where everything lies over everything
 * is no real one: beyond a limit the mappings that come last are left out. */
static void index_space(struct space *sp)
{
	size_t limit = COVERS_A_MAP * (sp->maps.n + 1), total = 0, used = 0;
	uint32_t first = 0;
	const struct mapping *m;

	cut_segments(sp);
	for (; used < sp->maps.n && total < limit; used++) {
		m = &sp->maps.items[used];
		for (size_t s = segment_at(sp, m->start);
		     s < sp->segments.n && sp->segments.items[s].start < m->end;
		     s++, total++)
			sp->segments.items[s].n++;
	}
	for (size_t s = 0; s < sp->segments.n; s++) {
		sp->segments.items[s].first = first;
		first += sp->segments.items[s].n;
		sp->segments.items[s].n = 0;
	}
	sp->covers.n = 0;
	vec_reserve(&sp->covers, total);
	for (size_t i = 0; i < used; i++) {
		m = &sp->maps.items[i];
		for (size_t s = segment_at(sp, m->start);
		     s < sp->segments.n && sp->segments.items[s].start < m->end; s++) {
			struct segment *seg = &sp->segments.items[s];

			sp->covers.items[seg->first + seg->n++] = narrow_u32(i);
		}
	}
	sp->covers.n = total;
	sp->indexed = sp->maps.n;
}

/* Addresses that have the same mapping, or none. */
struct span {
	uint64_t from, until;
};

static void narrow(struct span *span, uint64_t from, uint64_t until)
{
	if (from > span->from)
		span->from = from;
	if (until < span->until)
		span->until = until;
}

/* The mapping of this space alone; 'late' allows one from after 'time'. */
static const struct mapping *find_own(struct space *sp, uint64_t addr, uint64_t time,
				      bool late, struct span *span)
{
	const struct segment *seg;
	const uint32_t *covers;
	size_t at, n;

	if (sp->indexed != sp->maps.n)
		index_space(sp);
	at = segment_at(sp, addr);
	seg = &sp->segments.items[at];
	if (at == sp->segments.n || addr < seg->start) {
		narrow(span, at ? seg[-1].end : 0,
		       at < sp->segments.n ? seg->start : UINT64_MAX);
		return NULL;
	}
	narrow(span, seg->start, seg->end);
	if (!seg->n)
		return NULL;
	covers = &sp->covers.items[seg->first];
	n = bisect(0, seg->n, i, sp->maps.items[covers[i]].from <= time);
	if (!n && !late)
		return NULL;
	return &sp->maps.items[covers[n ? n - 1 : 0]];
}

static const struct mapping *find(struct space_table *t, space_id space, uint64_t addr,
				  uint64_t time, struct span *span)
{
	uint64_t until = time;
	const struct mapping *m;

	if (space == SPACE_NONE)
		return NULL;
	/* Before its fork a space is what it was at its fork. */
	if (t->items.items[space].parent != SPACE_NONE &&
	    until < t->items.items[space].forked)
		until = t->items.items[space].forked;
	for (space_id id = space; id != SPACE_NONE;) {
		struct space *sp = &t->items.items[id];

		m = find_own(sp, addr, until, false, span);
		if (m)
			return m;
		if (sp->forked < until)
			until = sp->forked;
		id = sp->parent;
	}
	/* What an ancestor mapped after the fork was never seen here. */
	return find_own(&t->items.items[space], addr, until, true, span);
}

const struct mapping *space_find_around(struct space_table *t, space_id space,
					uint64_t addr, uint64_t time, uint64_t *from,
					uint64_t *until)
{
	struct span span = {0, UINT64_MAX};
	const struct mapping *m = find(t, space, addr, time, &span);

	*from = span.from;
	*until = span.until;
	return m;
}

const struct mapping *space_find(struct space_table *t, space_id space, uint64_t addr,
				 uint64_t time)
{
	struct span ignored = {0, UINT64_MAX};

	return find(t, space, addr, time, &ignored);
}

uint32_t space_epoch(const struct space_table *t, space_id space, uint64_t time,
		     uint64_t *from, uint64_t *until)
{
	const struct space *sp;
	size_t n;

	if (space == SPACE_NONE)
		return 0;
	sp = &t->items.items[space];
	n = bisect(0, sp->changes.n, i, sp->changes.items[i] <= time);
	if (n && sp->changes.items[n - 1] > *from)
		*from = sp->changes.items[n - 1];
	if (n < sp->changes.n && sp->changes.items[n] < *until)
		*until = sp->changes.items[n];
	return narrow_u32(n);
}
