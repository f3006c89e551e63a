/* Address spaces: the executable mappings of a process over time. A later mapping hides
 * older ones from its time on. Records of another CPU may come late: so, at times before
 * the first mapping of an address, a look-up returns this first mapping. Times are in
 * ns. */
#pragma once

#include "base/vec.h"
#include "model/dso.h"

#include <stdint.h>

struct mapping {
	/* addresses, [start, end) */
	uint64_t start, end;
	/* offset of 'start' in the dso's file, bytes */
	uint64_t file_off;
	/* time at which it was mapped */
	uint64_t from;
	dso_id dso;
};

typedef uint32_t space_id;
#define SPACE_NONE UINT32_MAX

struct space {
	/* ascending by time */
	VEC(struct mapping) maps;
	/* space from which it was forked, or SPACE_NONE, and the time of the fork */
	space_id parent;
	uint64_t forked;
	/* number of ancestors */
	uint32_t depth;

	/* Times at which a mapping of this space may have hidden an older one;
	 * ascending. */
	VEC(uint64_t) changes;

	/* An index of 'maps', made when it is needed: disjoint segments by address. */
	VEC(struct segment) segments;
	/* the mappings of each segment, ascending by time, as indexes into 'maps' */
	VEC(uint32_t) covers;
	/* number of 'maps' when the index was made */
	size_t indexed;
};

struct segment {
	uint64_t start, end;
	/* first of 'covers', and their number */
	uint32_t first, n;
};

/* Zero-initialize. */
struct space_table {
	VEC(struct space) items;
	/* number of mappings that were copied from parents instead of being shared */
	size_t copied;
};

void space_table_release(struct space_table *t);

/* Makes a space that starts with the mappings that 'parent' had at 'time', or an empty
 * space if 'parent' is SPACE_NONE. Deep chains of forks copy mappings. The table has a
 * limit of copies, which no real recording reaches; beyond it mappings are left out. */
space_id space_new(struct space_table *t, space_id parent, uint64_t time);

/* Adds a mapping. Mappings of a space must come in the order of 'from'. Ignores a mapping
 * that is empty or wraps around. */
void space_map(struct space_table *t, space_id space, const struct mapping *m);

/* Begins a new space_epoch() at each of 'n' ascending times: code in the mappings was
 * overwritten, although the mappings did not change. */
void space_changed(struct space_table *t, space_id space, const uint64_t *times,
		   size_t n);

/* Returns the mapping of 'addr' at 'time', or NULL; valid until the next space_map().
 * 'space' may be SPACE_NONE. */
const struct mapping *space_find(struct space_table *t, space_id space, uint64_t addr,
				 uint64_t time);

/* Like space_find(), and sets [*from, *until) to addresses around 'addr' that have the
 * same result at this time. The address UINT64_MAX itself is in no range. */
const struct mapping *space_find_around(struct space_table *t, space_id space,
					uint64_t addr, uint64_t time, uint64_t *from,
					uint64_t *until);

/* Returns the epoch of a space at a time: two times with equal epochs have equal look-ups
 * of all addresses. Epochs never decrease with time. Narrows [*from, *until), which must
 * hold 'time', to the times around 'time' with this epoch. Returns 0 for SPACE_NONE. */
uint32_t space_epoch(const struct space_table *t, space_id space, uint64_t time,
		     uint64_t *from, uint64_t *until);
