#include "model/space.h"

#include "base/bisect.h"
#include "base/narrow.h"

#include <assert.h>
#include <stdlib.h>

enum {
	/* depth of forks up to which mappings are shared and not copied */
	DEPTH_MAX = 8,
	/* copied mappings of a table; only hostile input has more */
	COPIED_MAX = 1 << 20,
	/* segments of a mapping, mean over all mappings */
	COVERS_A_MAP = 64,
	/* mappings with which a new one is compared */
	LOOK_BACK = 4096,
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

/* Copies all mappings that 'from' and its ancestors had at 'time', oldest first, into the
 * new space 'to'. They get time 0, so that none of them is a change. */
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
	struct space *sp;

	assert(parent == SPACE_NONE || parent < t->items.n);
	sp = vec_add(&t->items);
	sp->parent = SPACE_NONE;
	/* Skipping parents without mappings of their own keeps chains of forks short. */
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

/* Whether 'm' may hide an older mapping. A wrong "yes" costs only a second look-up. */
static bool space_overlaps(const struct space *sp, const struct mapping *m)
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
	struct space *sp;

	assert(space < t->items.n);
	sp = &t->items.items[space];
	if (m->end <= m->start)
		return;
	if (sp->parent != SPACE_NONE || space_overlaps(sp, m))
		vec_push(&sp->changes, m->from);
	vec_push(&sp->maps, *m);
}

void space_changed(struct space_table *t, space_id space, const uint64_t *times, size_t n)
{
	struct space *sp;
	size_t old;

	assert(space < t->items.n);
	sp = &t->items.items[space];
	old = sp->changes.n;
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

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Returns the segment that holds 'addr', or the first one after it. */
static size_t segment_at(const struct space *sp, uint64_t addr)
{
	return bisect(0, sp->segments.n, i, sp->segments.items[i].end <= addr);
}

/* Makes a segment between each two neighbours of all starts and ends of mappings. */
static void segments_make(struct space *sp)
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

/* Makes the index. In real spaces few mappings overlap; beyond a limit the last mappings
 * are left out. */
static void space_index(struct space *sp)
{
	size_t limit = COVERS_A_MAP * (sp->maps.n + 1), total = 0, used = 0;
	uint32_t first = 0;
	const struct mapping *m;

	segments_make(sp);
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

/* Addresses that all have the same mapping, or none. */
struct span {
	uint64_t from, until;
};

static void span_narrow(struct span *span, uint64_t from, uint64_t until)
{
	if (from > span->from)
		span->from = from;
	if (until < span->until)
		span->until = until;
}

/* Looks up in this space without its ancestors. If 'late', a mapping from after 'time'
 * will do. */
static const struct mapping *space_find_own(struct space *sp, uint64_t addr,
					    uint64_t time, bool late, struct span *span)
{
	const struct segment *seg;
	const uint32_t *covers;
	size_t at, n;

	if (sp->indexed != sp->maps.n)
		space_index(sp);
	at = segment_at(sp, addr);
	seg = &sp->segments.items[at];
	if (at == sp->segments.n || addr < seg->start) {
		span_narrow(span, at ? seg[-1].end : 0,
			    at < sp->segments.n ? seg->start : UINT64_MAX);
		return NULL;
	}
	span_narrow(span, seg->start, seg->end);
	if (!seg->n)
		return NULL;
	covers = &sp->covers.items[seg->first];
	n = bisect(0, seg->n, i, sp->maps.items[covers[i]].from <= time);
	if (!n && !late)
		return NULL;
	return &sp->maps.items[covers[n ? n - 1 : 0]];
}

static const struct mapping *space_find_span(struct space_table *t, space_id space,
					     uint64_t addr, uint64_t time,
					     struct span *span)
{
	uint64_t until = time;
	const struct mapping *m;

	if (space == SPACE_NONE)
		return NULL;
	assert(space < t->items.n);
	/* Before its fork, a space has the mappings of its fork. */
	if (t->items.items[space].parent != SPACE_NONE &&
	    until < t->items.items[space].forked)
		until = t->items.items[space].forked;
	for (space_id id = space; id != SPACE_NONE;) {
		struct space *sp = &t->items.items[id];

		m = space_find_own(sp, addr, until, false, span);
		if (m)
			return m;
		if (sp->forked < until)
			until = sp->forked;
		id = sp->parent;
	}
	/* Mappings that an ancestor made after the fork are not in this space. */
	return space_find_own(&t->items.items[space], addr, until, true, span);
}

const struct mapping *space_find_around(struct space_table *t, space_id space,
					uint64_t addr, uint64_t time, uint64_t *from,
					uint64_t *until)
{
	struct span span = {0, UINT64_MAX};
	const struct mapping *m = space_find_span(t, space, addr, time, &span);

	*from = span.from;
	*until = span.until;
	return m;
}

const struct mapping *space_find(struct space_table *t, space_id space, uint64_t addr,
				 uint64_t time)
{
	struct span ignored = {0, UINT64_MAX};

	return space_find_span(t, space, addr, time, &ignored);
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
