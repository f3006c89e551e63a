/* Many small things of one lifetime: allocated one by one, freed together. */
#pragma once

#include <stddef.h>

struct arena {
	struct arena_block *last;
	size_t used; /* of the last block */
};

/* 'size' bytes, aligned for any type, not zeroed; valid until arena_release(). A zeroed
 * struct arena is an empty one. */
void *arena_take(struct arena *a, size_t size);

/* A copy of 'len' bytes with a NUL behind them, unaligned. */
char *arena_str(struct arena *a, const char *s, size_t len);

void arena_release(struct arena *a);
