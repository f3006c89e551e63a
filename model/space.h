/* Address spaces: the executable mappings of a process over time. A later mapping hides
 * older ones from its time on. Records of another CPU may come late: so, at times before
 * the first mapping of an address, a look-up returns this first mapping. Times are in
 * ns.
 *
 * A space is a list of versions, which share what they have in common. A new version
 * begins only where an address gets another meaning. */
#pragma once

#include "base/vec.h"
#include "model/mapping_tree.h"

#include <stddef.h>
#include <stdint.h>

typedef uint32_t space_id;
#define SPACE_NONE UINT32_MAX

struct space_version {
	/* time from which it holds; the first version holds before, too */
	uint64_t from;
	mapping_tree maps;
};

struct space {
	/* ascending by time; none: the space is free */
	VEC(struct space_version) versions;
	/* Times at which code was overwritten without a mapping; ascending. */
	VEC(uint64_t) changes;
	/* the next free space, if it is free */
	space_id next_free;
};

/* Zero-initialize. */
struct space_table {
	VEC(struct space) items;
	struct mapping_pool pool;
	/* the first free space plus 1, 0: none */
	space_id first_free;
};

void space_table_release(struct space_table *t);

/* Makes a space that starts with the mappings that 'parent' has now, or an empty space if
 * 'parent' is SPACE_NONE. It has the id of a freed space if there is one. */
space_id space_new(struct space_table *t, space_id parent);

/* Frees a space: its id may be given to another one. */
void space_free(struct space_table *t, space_id space);

/* Adds a mapping. Mappings of a space must come in the order of 'from'. Ignores a mapping
 * that is empty or wraps around. Tables have a limit of memory, which no real recording
 * reaches: beyond it times are not told apart. A space has a limit of 65,536
 * mappings, more than Linux allows a process: beyond it the oldest and the newest ones
 * remain, because no record says which ones were unmapped. */
void space_map(struct space_table *t, space_id space, const struct mapping *m);

/* Begins a new space_epoch() at each of 'n' ascending times: code in the mappings was
 * overwritten, although the mappings did not change. */
void space_changed(struct space_table *t, space_id space, const uint64_t *times,
		   size_t n);

/* Times of a space that are still looked up. */
struct space_needs {
	/* all from this time on */
	uint64_t from;
	/* and those for which this returns true for an interval that holds them, [first,
	 * last]; NULL: no others */
	bool (*is_needed)(const void *data, uint64_t first, uint64_t last);
	const void *data;
};

/* Drops the versions of a space that hold at no needed time. */
void space_forget(struct space_table *t, space_id space, const struct space_needs *needs);

/* Sets is_used[id] of all dsos that are mapped at some time. */
void space_table_mark_dsos(const struct space_table *t, bool *is_used);

/* Returns the mapping of 'addr' at 'time', or NULL; valid until the next space_map().
 * 'space' may be SPACE_NONE. */
const struct mapping *space_find(const struct space_table *t, space_id space,
				 uint64_t addr, uint64_t time);

/* Like space_find(), and sets [*from, *until) to addresses around 'addr' that have the
 * same result at this time. The address UINT64_MAX itself is in no range. */
const struct mapping *space_find_around(const struct space_table *t, space_id space,
					uint64_t addr, uint64_t time, uint64_t *from,
					uint64_t *until);

/* Returns the part of the newest mappings that holds 'addr', or the first one after it,
 * or NULL; valid until the next space_map(). */
const struct mapping_node *space_next(const struct space_table *t, space_id space,
				      uint64_t addr);

/* Returns the epoch of a space at a time: two times with equal epochs have equal look-ups
 * of all addresses. Epochs never decrease with time. Narrows [*from, *until), which must
 * hold 'time', to the times around 'time' with this epoch. Returns 0 for SPACE_NONE. */
uint32_t space_epoch(const struct space_table *t, space_id space, uint64_t time,
		     uint64_t *from, uint64_t *until);
