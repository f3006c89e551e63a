/* A table of strings: stores each string once and gives it an id. Id 0 is the empty
 * string. */
#pragma once

#include "base/arena.h"
#include "base/hashmap.h"
#include "base/vec.h"

#include <stdint.h>

typedef uint32_t str_id;

struct strtab {
	struct arena text;
	struct hashmap by_hash;
	VEC(struct strtab_entry) entries;
};

struct strtab_entry {
	const char *text;
	uint32_t len;
};

/* Makes a table that holds the empty string. */
void strtab_init(struct strtab *t);
void strtab_release(struct strtab *t);

/* Returns the id of a string of at most 'len' bytes, which ends earlier at a NUL. Adds a
 * copy if it is new. */
str_id strtab_add_len(struct strtab *t, const char *s, size_t len);

/* The same for a NUL-terminated string. */
str_id strtab_add(struct strtab *t, const char *s);

/* Returns the string of an id of this table, NUL-terminated; valid as long as the
 * table. */
const char *strtab_str(const struct strtab *t, str_id id);

/* Returns its length without the NUL. */
size_t strtab_len(const struct strtab *t, str_id id);
