/* What one address space had mapped, when. Later mappings win over older ones from their
 * time on; an address that was not mapped yet at a time takes the first mapping it ever gets,
 * because records of another CPU may come late. */
#pragma once

#include "base/vec.h"
#include "model/dso.h"

#include <stdint.h>

struct mapping {
	uint64_t start, end; /* addr, [start, end) */
	uint64_t file_off;   /* of 'start' */
	uint64_t from;	     /* time */
	dso_id dso;
};

typedef uint32_t space_id;
#define SPACE_NONE UINT32_MAX

struct space {
	VEC(struct mapping) maps; /* in the order of their times */
	space_id parent;	  /* what a fork left it, or SPACE_NONE */
	uint64_t forked;	  /* time of that */
	uint32_t depth;		  /* number of ancestors */

	/* When a mapping of this space may have hidden an older one. */
	VEC(uint64_t) changes;

	/* An index over 'maps', made when it is needed: disjoint segments by address, each with
	 * its mappings by time. */
	VEC(struct segment) segments;
	VEC(uint32_t) covers;
	size_t indexed; /* how many of 'maps' it knows */
};

struct segment {
	uint64_t start, end;
	uint32_t first, n; /* of 'covers' */
};

struct space_table {
	VEC(struct space) items;
	size_t copied; /* mappings of parents, by forks too deep to share them */
};

void space_table_release(struct space_table *t);

/* A new space that starts as 'parent' was at 'time', or empty for SPACE_NONE. A table in which
 * forks copied far more than any real one leaves some of it out. */
space_id space_new(struct space_table *t, space_id parent, uint64_t time);

/* Adds a mapping; calls come in the order of 'from'. Empty and wrapping ones are ignored. */
void space_map(struct space_table *t, space_id space, const struct mapping *m);

/* From each of these times on, which ascend, some look-up in the space means something else,
 * though its mappings are the same: code in them was written over. */
void space_changed(struct space_table *t, space_id space, const uint64_t *times,
		   size_t n);

/* The mapping that holds 'addr' at 'time', or NULL; valid until the next space_map(). */
const struct mapping *space_find(struct space_table *t, space_id space, uint64_t addr,
				 uint64_t time);

/* The same; 'addr' is one of [*from, *until), for all of which that is the answer then, if it is not
 * the last address of all. */
const struct mapping *space_find_around(struct space_table *t, space_id space,
					uint64_t addr, uint64_t time, uint64_t *from,
					uint64_t *until);

/* A number that is the same for two times between which no look-up in the space changed. It only
 * grows with time. [*from, *until) is narrowed to the times around 'time' that have it. */
uint32_t space_epoch(const struct space_table *t, space_id space, uint64_t time,
		     uint64_t *from, uint64_t *until);
