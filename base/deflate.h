/* Bytes packed in zlib's format (RFC 1950), whole things at a time, as they are in ELF files and as
 * every browser can unpack them. It carries a checksum. */
#pragma once

#include "base/bytes.h"

#include <stddef.h>

/* 'size' bytes packed; mem_free() ends them. NULL where that is not less. */
void *deflate_pack(const void *data, size_t size, size_t *packed_size);

/* The rest of 'in' unpacked to 'size' bytes; mem_free() ends them. NULL where it is damaged or
 * not exactly as many. */
void *deflate_unpack(struct bytes in, size_t size);
