#include "elf/unpack.h"

#include "base/mem.h"

#include <lzma.h>
#include <zstd.h>

enum {
	XZ_MEMORY = 128 << 20,	  /* limit for liblzma; xz -9 needs 65 MiB */
	XZ_FIRST = 1 << 20,	  /* initial size of the output buffer */
	ZSTD_BLOCK_MIN = 4,	  /* the smallest block in bytes, */
	ZSTD_BLOCK_MAX = 1 << 17, /* and the largest content of a block */
};

/* Decodes the whole stream into *out, which grows as needed. Returns false if it is
 * damaged, empty, or larger than 'max'. *out must be freed in any case. */
static bool xz_decode(lzma_stream *xz, size_t max, void **out, size_t *size)
{
	size_t room = max < XZ_FIRST ? max : XZ_FIRST;
	lzma_ret got;

	*out = mem_resize(NULL, room, 1);
	xz->next_out = *out;
	xz->avail_out = room;
	while ((got = lzma_code(xz, LZMA_FINISH)) == LZMA_OK && !xz->avail_out) {
		size_t used = room;

		if (room == max)
			return false;
		room = room < max / 2 ? 2 * room : max;
		*out = mem_resize(*out, room, 1);
		xz->next_out = (uint8_t *)*out + used;
		xz->avail_out = room - used;
	}
	*size = (size_t)xz->total_out;
	return got == LZMA_STREAM_END && *size;
}

void *unpack_xz(struct bytes in, size_t max, size_t *size)
{
	lzma_stream xz = LZMA_STREAM_INIT;
	size_t n = 0;
	void *out = NULL;
	bool done;

	if (lzma_stream_decoder(&xz, XZ_MEMORY, 0) != LZMA_OK)
		return NULL;
	xz.avail_in = bytes_left(&in);
	xz.next_in = bytes_take(&in, xz.avail_in);
	done = xz_decode(&xz, max, &out, &n);
	lzma_end(&xz);
	if (!done) {
		mem_free(out);
		return NULL;
	}
	*size = n;
	return out;
}

size_t unpack_zstd_size(struct bytes in, size_t max)
{
	size_t left = bytes_left(&in);
	unsigned long long size = ZSTD_getFrameContentSize(bytes_take(&in, left), left);

	/* The two largest numbers are errors. */
	return size <= max ? (size_t)size : 0;
}

void *unpack_zstd(struct bytes in, size_t size)
{
	size_t left = bytes_left(&in);
	void *out;

	/* No frame of this length can hold that many bytes: do not allocate them. */
	if (!size || size / ZSTD_BLOCK_MAX > left / ZSTD_BLOCK_MIN)
		return NULL;
	out = mem_resize(NULL, size, 1);
	if (ZSTD_decompress(out, size, bytes_take(&in, left), left) == size)
		return out;
	mem_free(out);
	return NULL;
}
