#include "record/data/block_cache.h"

#include "base/mem.h"
#include "base/vec.h"
#include "record/data/zstd_stream.h"

#include <assert.h>
#include <pthread.h>

/* Worst case measured: 64 KiB stack copies expand to 1,077 times the file size, plus half
 * of that for records carried from one block to the next. Hence 2,048. */
enum {
	EXPAND_RECORD_MAX = 64 * 1024 * 1024, /* more than any ring buffer of perf's */
	EXPAND_TIMES = 2048,		 /* all blocks together, of the records ... */
	EXPAND_FREE = 256 * 1024 * 1024, /* ... beyond this many bytes */
};

struct owned_block {
	uint8_t *data;
	size_t size;
};

struct block_cache {
	pthread_mutex_t lock; /* for all below */
	struct zstd_stream *zstd;
	VEC(struct owned_block) blocks;
	size_t records_size, expanded_size;
	bool is_damaged; /* after the last block */
	struct error damage;
};

struct block_cache *block_cache_new(size_t records_size)
{
	struct block_cache *cache = mem_new(1, sizeof(*cache));

	pthread_mutex_init(&cache->lock, NULL);
	cache->records_size = records_size;
	return cache;
}

void block_cache_free(struct block_cache **cachep)
{
	struct block_cache *cache = *cachep;
	struct owned_block *block;

	if (!cache)
		return;
	vec_each(block, &cache->blocks)
		mem_free(block->data);
	vec_release(&cache->blocks);
	zstd_stream_free(&cache->zstd);
	pthread_mutex_destroy(&cache->lock);
	mem_free(cache);
	*cachep = NULL;
}

static int block_expand(struct block_cache *cache, struct bytes payload,
			struct bytes rest_bytes, struct error *err)
{
	size_t rest = bytes_left(&rest_bytes), size = 0;
	struct owned_block block = {0};

	if (!cache->zstd)
		cache->zstd = zstd_stream_new();
	if (bytes_left(&payload)) {
		block.data = zstd_stream_expand(cache->zstd, payload.data + payload.at,
						bytes_left(&payload), rest,
						EXPAND_RECORD_MAX, &size, err);
		if (!block.data)
			return -1;
	}
	block.size = rest + size;
	cache->expanded_size += block.size;
	if (cache->expanded_size > EXPAND_FREE &&
	    cache->expanded_size / EXPAND_TIMES > cache->records_size) {
		mem_free(block.data);
		return error_set(err, "the compressed records expand to too many bytes");
	}
	if (!size)
		mem_release(&block.data);
	else if (rest)
		memcpy(block.data, rest_bytes.data + rest_bytes.at, rest);
	vec_push(&cache->blocks, block);
	return 0;
}

/* With the lock held. */
static int block_get(struct block_cache *cache, size_t index, struct bytes payload,
		     struct bytes rest, struct expanded_block *block, struct error *err)
{
	const struct owned_block *owned;

	/* After damage the state of the zstd stream is undefined: no second try. */
	if (index >= cache->blocks.n && !cache->is_damaged &&
	    block_expand(cache, payload, rest, &cache->damage) < 0)
		cache->is_damaged = true;
	if (index >= cache->blocks.n) {
		*err = cache->damage;
		return -1;
	}
	owned = &cache->blocks.items[index];
	*block = (struct expanded_block){owned->data, owned->size};
	return 0;
}

int block_cache_get(struct block_cache *cache, size_t index, struct bytes payload,
		    struct bytes rest, struct expanded_block *block, struct error *err)
{
	int result;

	pthread_mutex_lock(&cache->lock);
	assert(index <= cache->blocks.n);
	result = block_get(cache, index, payload, rest, block, err);
	pthread_mutex_unlock(&cache->lock);
	return result;
}
