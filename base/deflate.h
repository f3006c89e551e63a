/* Compression of whole buffers in the zlib format (RFC 1950): the format of compressed
 * ELF sections, which every browser can decompress too. It includes a checksum. */
#pragma once

#include "base/bytes.h"

#include <stddef.h>

/* Compresses 'size' bytes. Returns *packed_size bytes, which the caller frees with
 * mem_free(). Never NULL: incompressible data grows by 11 bytes, and 5 more for each
 * 5,000. */
void *deflate_pack(const void *data, size_t size, size_t *packed_size);

/* Decompresses the rest of 'in'. Returns 'size' bytes, which the caller frees with
 * mem_free(), or NULL if the input is damaged or does not expand to exactly 'size'
 * bytes. */
void *deflate_unpack(struct bytes in, size_t size);
