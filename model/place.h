/* What was inlined at addresses of a dso, and which lines of source its code comes from. */
#pragma once

#include "base/hashmap.h"
#include "base/vec.h"

#include <stddef.h>
#include <stdint.h>

/* A function, and where in its source the code comes from. */
struct place {
	const char *function; /* mangled; NULL: the one that the dso's symbols name */
	const char *file;     /* without folders, NULL: unknown */
	uint32_t line;	      /* 0: unknown */
};

struct place_list {
	VEC(struct place) items; /* innermost first */
};

/* The places of some addresses, by file_off. */
struct place_table {
	struct hashmap by_at;
	VEC(struct place_spot) spots;
	VEC(struct place) places;
};

struct place_spot {
	uint64_t at;
	uint32_t first, n; /* of 'places' */
};

struct place_table *place_table_new(void);
void place_table_free(struct place_table **t);

/* Tells the places of an address, of which the table knows nothing yet. Their strings must live as
 * long as it does. None at all: it is known that nothing is known. */
void place_table_add(struct place_table *t, uint64_t at, const struct place *places,
		     size_t n);

/* What was told of an address, or NULL. */
const struct place_spot *place_table_find(const struct place_table *t, uint64_t at);

/* The 'n' places of a spot of the table; NULL for none. */
const struct place *place_table_at(const struct place_table *t,
				   const struct place_spot *spot);
