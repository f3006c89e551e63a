/* What is packed inside of ELF files, unpacked: one whole thing at a time, in bounded
 * memory. For zlib's format that is deflate.h's. */
#pragma once

#include "base/bytes.h"

/* The rest of 'in', a stream of xz, unpacked; mem_free() ends it. Its size is in 'size'.
 * NULL where it is damaged, empty, or more than 'max' bytes. */
void *unpack_xz(struct bytes in, size_t max, size_t *size);

/* The rest of 'in', frames of zstd, unpacked to 'size' bytes; mem_free() ends it. NULL
 * where it is damaged or not exactly as many. */
void *unpack_zstd(struct bytes in, size_t size);
