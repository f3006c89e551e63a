/* The expanded payloads of a recording's COMPRESSED records. The payloads form one zstd
 * stream, so each is expanded once, in order, and kept: any number of streams over the
 * same records share the blocks, also from several threads. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct block_cache;

/* The records of one block, valid as long as the cache. A record that begins in one
 * payload may end in the next one: a block begins with the rest of the block before
 * it. */
struct expanded_block {
	const uint8_t *data; /* NULL: the payload added nothing to the rest before it */
	size_t size;
};

/* 'records_size' is the size of all records in the file, in bytes; it bounds the memory
 * for blocks, with a zstd stream as hostile as can be. */
struct block_cache *block_cache_new(size_t records_size);

/* Accepts a pointer to NULL. */
void block_cache_free(struct block_cache **cache);

/* Returns the block of the 'index'-th COMPRESSED record, with that payload.
 * 'rest' holds the bytes of the block before it that no record has used. 'index' must be
 * at most one more than the largest one so far. Returns -1 if the payload is damaged or
 * expands to too much, now and for each later index. */
int block_cache_get(struct block_cache *cache, size_t index, struct bytes payload,
		    struct bytes rest, struct expanded_block *block, struct error *err);
