/* Compressed files: gzip, zstd and xz, found by their first bytes and expanded piece by
 * piece. */
#pragma once

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct packing;

/* Returns the compression of a file that begins with the 'n' bytes at 'start', or
 * NULL. */
const struct packing *packing_of(const char *start, size_t n);

/* Expands the rest of the file 'from' to the end of the file 'to'. 'name' is for
 * messages. Returns -1 if the data is damaged or truncated, or expands to more than
 * 'limit' bytes; 'to' then has the bytes before. */
int packing_expand(const struct packing *p, int from, int to, uint64_t limit,
		   const char *name, struct error *err);
