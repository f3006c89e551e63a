/* Every string once, known by a small number. Number 0 is the empty string. */
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

void strtab_init(struct strtab *t);
void strtab_release(struct strtab *t);

/* The number of the string of 'len' bytes at 's', which may hold any byte but is cut at its
 * first NUL; added when it is new. */
str_id strtab_add_len(struct strtab *t, const char *s, size_t len);
str_id strtab_add(struct strtab *t, const char *s);

/* The string, NUL-terminated; valid as long as the table. */
const char *strtab_str(const struct strtab *t, str_id id);
size_t strtab_len(const struct strtab *t, str_id id);
