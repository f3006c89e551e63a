#include "record/data/zstd_stream.h"

#include "base/mem.h"

#include <assert.h>
#include <zstd.h>

struct zstd_stream {
	ZSTD_DStream *stream;
};

struct zstd_packer {
	ZSTD_CStream *stream;
	int level;
};

enum { LEAST_GUESS = 4096, USUAL_RATIO = 8 };

struct zstd_stream *zstd_stream_new(void)
{
	struct zstd_stream *z = mem_new(1, sizeof(*z));

	z->stream = ZSTD_createDStream();
	return z;
}

void zstd_stream_free(struct zstd_stream **zp)
{
	if (!*zp)
		return;
	ZSTD_freeDStream((*zp)->stream);
	mem_free(*zp);
	*zp = NULL;
}

uint8_t *zstd_stream_expand(struct zstd_stream *z, const void *data, size_t data_size,
			    size_t room, size_t limit, size_t *size, struct error *err)
{
	ZSTD_inBuffer in = {data, data_size, 0};
	uint8_t *to = NULL;
	size_t cap = 0, n = 0, before;

	do {
		ZSTD_outBuffer out;
		size_t result;

		if (n == cap) {
			cap = cap ? 2 * cap : LEAST_GUESS + USUAL_RATIO * data_size;
			to = mem_resize(to, room + cap, 1);
		}
		out = (ZSTD_outBuffer){to + room + n, cap - n, 0};
		before = in.pos;
		result = ZSTD_decompressStream(z->stream, &out, &in);
		n += out.pos;
		if (ZSTD_isError(result) || n > limit ||
		    (in.pos == before && !out.pos && in.pos < in.size)) {
			mem_free(to);
			error_set(err, "the compressed records are damaged (%s)",
				  ZSTD_isError(result) ? ZSTD_getErrorName(result)
						       : "they expand to too many bytes");
			return NULL;
		}
	} while (in.pos < in.size || n == cap);
	*size = n;
	return mem_resize(to, room + n, 1);
}

struct zstd_packer *zstd_packer_new(int level, struct error *err)
{
	struct zstd_packer *p = mem_new(1, sizeof(*p));
	ZSTD_inBuffer in = {0};
	ZSTD_outBuffer out = {0};

	assert(level >= 1 && level <= zstd_level_most());
	p->level = level;
	p->stream = ZSTD_createCStream();
	/* The first call, without data, allocates all memory. */
	if (p->stream &&
	    !ZSTD_isError(
		    ZSTD_CCtx_setParameter(p->stream, ZSTD_c_compressionLevel, level)) &&
	    !ZSTD_isError(ZSTD_compressStream2(p->stream, &out, &in, ZSTD_e_continue)))
		return p;
	zstd_packer_free(&p);
	error_set(err, "no memory for compression at level %d", level);
	return NULL;
}

void zstd_packer_free(struct zstd_packer **pp)
{
	if (!*pp)
		return;
	ZSTD_freeCStream((*pp)->stream);
	mem_free(*pp);
	*pp = NULL;
}

int zstd_packer_level(const struct zstd_packer *p)
{
	return p->level;
}

int zstd_level_most(void)
{
	return ZSTD_maxCLevel();
}

size_t zstd_pack(struct zstd_packer *p, void *to, size_t room, const void *data,
		 size_t size)
{
	ZSTD_inBuffer in = {data, size, 0};
	ZSTD_outBuffer out = {to, room, 0};

	assert(room >= size + size / 100 + 1024);
	ZSTD_compressStream2(p->stream, &out, &in, ZSTD_e_flush);
	return out.pos;
}
