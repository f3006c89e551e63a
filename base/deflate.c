#include "base/deflate.h"

#include "base/mem.h"

#include <libdeflate.h>

enum {
	/* A higher level takes twice as long and saves 1 %. */
	LEVEL = 9,
	/* Limit of the format: 258 bytes in two bits. */
	LARGEST_RATIO = 1032,
};

void *deflate_pack(const void *data, size_t size, size_t *packed_size)
{
	struct libdeflate_compressor *c = libdeflate_alloc_compressor(LEVEL);
	void *packed = mem_resize(NULL, size + 1, 1);

	*packed_size = 0;
	if (c && size)
		*packed_size = libdeflate_zlib_compress(c, data, size, packed, size - 1);
	libdeflate_free_compressor(c);
	if (*packed_size)
		return packed;
	mem_free(packed);
	return NULL;
}

void *deflate_unpack(struct bytes in, size_t size)
{
	struct libdeflate_decompressor *d;
	size_t left = bytes_left(&in);
	enum libdeflate_result result = LIBDEFLATE_BAD_DATA;
	void *data;

	/* No memory for a size that the input cannot expand to. */
	if (!size || size / LARGEST_RATIO > left)
		return NULL;
	d = libdeflate_alloc_decompressor();
	data = mem_resize(NULL, size, 1);
	if (d)
		result = libdeflate_zlib_decompress(d, bytes_take(&in, left), left, data,
						    size, NULL);
	libdeflate_free_decompressor(d);
	if (result == LIBDEFLATE_SUCCESS)
		return data;
	mem_free(data);
	return NULL;
}
