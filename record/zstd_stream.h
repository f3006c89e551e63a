/* The one home of zstd: the compressed stream that a recording's COMPRESSED records carry. */
#pragma once

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct zstd_stream;

struct zstd_stream *zstd_stream_new(void);
void zstd_stream_free(struct zstd_stream **z);

/* Expands the next piece of the stream into memory of its own, which mem_free() ends, behind
 * 'room' bytes that are left for the caller. NULL where it is damaged or grows beyond 'limit'
 * bytes. '*size' is of the expanded bytes alone. */
uint8_t *zstd_stream_expand(struct zstd_stream *z, const void *data, size_t data_size,
			    size_t room, size_t limit, size_t *size, struct error *err);
