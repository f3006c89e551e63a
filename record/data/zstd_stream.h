/* zstd streams of COMPRESSED records: each record carries a piece of one stream. */
#pragma once

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct zstd_stream;
struct zstd_packer;

struct zstd_stream *zstd_stream_new(void);
void zstd_stream_free(struct zstd_stream **z);

/* Expands the next piece of the stream into new memory, which mem_free() frees, after
 * 'room' bytes that are left for the caller. Stores the size of the expanded bytes alone
 * in '*size'. Returns NULL if the piece is damaged or expands to more than 'limit'
 * bytes. */
uint8_t *zstd_stream_expand(struct zstd_stream *z, const void *data, size_t data_size,
			    size_t room, size_t limit, size_t *size, struct error *err);

/* 'level' from 1 to zstd_level_most(): smaller and slower. Returns NULL without enough
 * memory: the highest levels need hundreds of MB. */
struct zstd_packer *zstd_packer_new(int level, struct error *err);
void zstd_packer_free(struct zstd_packer **p);
int zstd_packer_level(const struct zstd_packer *p);
int zstd_level_most(void);

/* Compresses the next piece into the 'room' bytes at 'to'; 'room' must be at least 'size'
 * + 'size' / 100 + 1024. Returns the number of compressed bytes. */
size_t zstd_pack(struct zstd_packer *p, void *to, size_t room, const void *data,
		 size_t size);
