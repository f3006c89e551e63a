/* Unpacks parts of ELF files that are packed with xz or zstd, in one piece and in bounded
 * memory. For zlib's format see base/deflate.h. */
#pragma once

#include "base/bytes.h"

/* Unpacks the rest of 'in', an xz stream, and sets *size to its unpacked size. The caller
 * frees the result with mem_free(). Returns NULL if the stream is damaged, empty, or
 * larger than 'max' bytes. */
void *unpack_xz(struct bytes in, size_t max, size_t *size);

/* Returns the unpacked size of the rest of 'in', one zstd frame; 0 if the frame does not
 * have it, or if it is larger than 'max'. */
size_t unpack_zstd_size(struct bytes in, size_t max);

/* Unpacks the rest of 'in', zstd frames of 'size' unpacked bytes. The caller frees the
 * result with mem_free(). Returns NULL if the frames are damaged or have another size. */
void *unpack_zstd(struct bytes in, size_t size);
