/* Many small objects of one lifetime: allocated one by one, freed together. */
#pragma once

#include <stddef.h>

/* Zero-initialize. */
struct arena {
	struct arena_block *last;
	/* bytes of the last block */
	size_t used;
};

/* Returns 'size' bytes, aligned for any type, not zeroed; valid until arena_release(). */
void *arena_take(struct arena *a, size_t size);

/* Returns a copy of 'len' bytes with a NUL added, unaligned; valid until
 * arena_release(). */
char *arena_str(struct arena *a, const char *s, size_t len);

/* The bytes that the arena has allocated. */
size_t arena_size(const struct arena *a);

/* Frees everything and leaves an empty arena. */
void arena_release(struct arena *a);
