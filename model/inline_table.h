/* What was inlined at addresses of a dso, and which lines of source its code comes from. */
#pragma once

#include "base/hashmap.h"
#include "base/vec.h"

#include <stddef.h>
#include <stdint.h>

/* A function, and where in its source the code comes from. */
struct inline_frame {
	const char *function; /* mangled; NULL: the one that the dso's symbols name */
	const char *file;     /* without folders, NULL: unknown */
	uint32_t line;	      /* 0: unknown */
};

struct inline_list {
	VEC(struct inline_frame) items; /* innermost first */
};

/* The places of some addresses, by file_off. */
struct inline_table {
	struct hashmap by_at;
	VEC(struct inline_entry) spots;
	VEC(struct inline_frame) places;
};

struct inline_entry {
	uint64_t at;
	uint32_t first, n; /* of 'places' */
};

struct inline_table *inline_table_new(void);
void inline_table_free(struct inline_table **t);

/* Tells the places of an address, of which the table knows nothing yet. Their strings must live as
 * long as it does. None at all: it is known that nothing is known. */
void inline_table_add(struct inline_table *t, uint64_t at,
		      const struct inline_frame *places, size_t n);

/* What was told of an address, or NULL. */
const struct inline_entry *inline_table_find(const struct inline_table *t, uint64_t at);

/* The 'n' places of a spot of the table; NULL for none. */
const struct inline_frame *inline_table_at(const struct inline_table *t,
					   const struct inline_entry *spot);
