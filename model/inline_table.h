/* Inline frames and source lines of addresses of a dso. */
#pragma once

#include "base/hashmap.h"
#include "base/vec.h"

#include <stddef.h>
#include <stdint.h>

/* A function, and the source line of the code in it. */
struct inline_frame {
	/* mangled; NULL: the function that the dso's symbol table names */
	const char *function;
	/* without folders, NULL: unknown */
	const char *file;
	/* 0: unknown */
	uint32_t line;
};

struct inline_list {
	/* innermost first */
	VEC(struct inline_frame) items;
};

/* Inline frames of some addresses. Private fields. */
struct inline_table {
	struct hashmap by_at;
	VEC(struct inline_entry) spots;
	VEC(struct inline_frame) places;
};

struct inline_entry {
	/* file_off */
	uint64_t at;
	/* index of the first frame, and their number */
	uint32_t first, n;
};

struct inline_table *inline_table_new(void);
void inline_table_free(struct inline_table **t);

/* Adds an address with its 'n' frames, innermost first. Their strings must live as long
 * as the table. 'n' may be 0: the address has no inline frames. Each address should be
 * added once; if not, look-ups return one of its entries. */
void inline_table_add(struct inline_table *t, uint64_t at,
		      const struct inline_frame *frames, size_t n);

/* Returns the entry of an address, or NULL; valid until the next one is added. */
const struct inline_entry *inline_table_find(const struct inline_table *t, uint64_t at);

/* Returns the 'n' frames of an entry, or NULL if it has none; valid until the next entry
 * is added. */
const struct inline_frame *inline_table_at(const struct inline_table *t,
					   const struct inline_entry *entry);
