/* The compressed stream that a recording's COMPRESSED records carry, each of them a piece of it. */
#pragma once

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct zstd_stream;
struct zstd_packer;

struct zstd_stream *zstd_stream_new(void);
void zstd_stream_free(struct zstd_stream **z);

/* Expands the next piece of the stream into memory of its own, which mem_free() ends, behind
 * 'room' bytes that are left for the caller. NULL where it is damaged or grows beyond 'limit'
 * bytes. '*size' is of the expanded bytes alone. */
uint8_t *zstd_stream_expand(struct zstd_stream *z, const void *data, size_t data_size,
			    size_t room, size_t limit, size_t *size, struct error *err);

/* 'level' from 1 to zstd_level_most(): smaller and slower. NULL where there is no memory for it, of
 * which the highest want hundreds of MB. */
struct zstd_packer *zstd_packer_new(int level, struct error *err);
void zstd_packer_free(struct zstd_packer **p);
int zstd_packer_level(const struct zstd_packer *p);
int zstd_level_most(void);

/* Compresses the next piece, all of it, into the 'room' bytes at 'to', which must be 1 KB and 1/100
 * more than it. Returns how many it takes. */
size_t zstd_pack(struct zstd_packer *p, void *to, size_t room, const void *data,
		 size_t size);
