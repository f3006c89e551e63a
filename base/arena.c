#include "base/arena.h"

#include "base/mem.h"

#include <stdalign.h>
#include <string.h>

struct arena_block {
	struct arena_block *before;
	size_t size;
	alignas(max_align_t) char data[];
};

enum { BLOCK_SIZE = 64 * 1024 };

static void *arena_take_aligned(struct arena *a, size_t size, size_t align)
{
	size_t start = (a->used + align - 1) & ~(align - 1);

	if (!a->last || start > a->last->size || size > a->last->size - start) {
		size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
		struct arena_block *block = mem_resize(NULL, 1, sizeof(*block) + room);

		block->before = a->last;
		block->size = room;
		a->last = block;
		start = 0;
	}
	a->used = start + size;
	return a->last->data + start;
}

void *arena_take(struct arena *a, size_t size)
{
	return arena_take_aligned(a, size, alignof(max_align_t));
}

char *arena_str(struct arena *a, const char *s, size_t len)
{
	char *copy = arena_take_aligned(a, len + 1, 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

size_t arena_size(const struct arena *a)
{
	size_t size = 0;

	for (const struct arena_block *block = a->last; block; block = block->before)
		size += block->size;
	return size;
}

void arena_release(struct arena *a)
{
	while (a->last) {
		struct arena_block *before = a->last->before;

		mem_free(a->last);
		a->last = before;
	}
	a->used = 0;
}
