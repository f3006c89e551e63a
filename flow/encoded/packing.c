#include "flow/encoded/packing.h"

#include "base/io.h"
#include "base/mem.h"
#include "base/scoped.h"

#include <assert.h>
#include <inttypes.h>
#include <lzma.h>
#include <stdbool.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum {
	CHUNK_SIZE = 256 * 1024,
	XZ_MEMORY = 128 << 20, /* xz -9 needs 65 MiB */
	GZIP_WINDOW = 15 + 16, /* the largest window, with the header of gzip */
};

/* Compressed bytes that are left, and room for expanded ones. */
struct piece {
	const uint8_t *in;
	size_t n_in;
	uint8_t *out;
	size_t room;
	bool is_last;
};

enum progress {
	DAMAGED,
	RUNNING,
	WHOLE, /* the data may end here; another stream may follow */
};

struct packing {
	const char *name;
	const char *magic;
	size_t n_magic;
	void *(*start)(void);
	enum progress (*expand)(void *state, struct piece *p);
	void (*end)(void *state);
};

static void *gzip_start(void)
{
	z_stream *z = mem_new(1, sizeof(*z));

	mem_check(inflateInit2(z, GZIP_WINDOW) == Z_OK ? z : NULL);
	return z;
}

static enum progress gzip_expand(void *state, struct piece *p)
{
	z_stream *z = state;
	int got;

	z->next_in = (z_const Bytef *)p->in;
	z->avail_in = (uInt)p->n_in;
	z->next_out = p->out;
	z->avail_out = (uInt)p->room;
	got = inflate(z, Z_NO_FLUSH);
	p->in = z->next_in;
	p->n_in = z->avail_in;
	p->room = z->avail_out;
	if (got == Z_STREAM_END)
		return inflateReset(z) == Z_OK ? WHOLE : DAMAGED;
	return got == Z_OK || got == Z_BUF_ERROR ? RUNNING : DAMAGED;
}

static void gzip_end(void *state)
{
	inflateEnd(state);
	mem_free(state);
}

static void *zstd_start(void)
{
	return mem_check(ZSTD_createDStream());
}

static enum progress zstd_expand(void *state, struct piece *p)
{
	ZSTD_inBuffer in = {p->in, p->n_in, 0};
	ZSTD_outBuffer out = {p->out, p->room, 0};
	size_t left = ZSTD_decompressStream(state, &out, &in);

	if (ZSTD_isError(left))
		return DAMAGED;
	p->in += in.pos;
	p->n_in -= in.pos;
	p->room -= out.pos;
	return left ? RUNNING : WHOLE;
}

static void zstd_end(void *state)
{
	ZSTD_freeDStream(state);
}

static void *xz_start(void)
{
	lzma_stream *xz = mem_new(1, sizeof(*xz));

	*xz = (lzma_stream)LZMA_STREAM_INIT;
	mem_check(lzma_stream_decoder(xz, XZ_MEMORY, LZMA_CONCATENATED) == LZMA_OK
			  ? xz
			  : NULL);
	return xz;
}

static enum progress xz_expand(void *state, struct piece *p)
{
	lzma_stream *xz = state;
	lzma_ret got;

	xz->next_in = p->in;
	xz->avail_in = p->n_in;
	xz->next_out = p->out;
	xz->avail_out = p->room;
	got = lzma_code(xz, p->is_last ? LZMA_FINISH : LZMA_RUN);
	p->in = xz->next_in;
	p->n_in = xz->avail_in;
	p->room = xz->avail_out;
	if (got == LZMA_STREAM_END)
		return WHOLE;
	return got == LZMA_OK || got == LZMA_BUF_ERROR ? RUNNING : DAMAGED;
}

static void xz_end(void *state)
{
	lzma_end(state);
	mem_free(state);
}

static const struct packing packings[] = {
	{.name = "gzip",
	 .magic = "\x1f\x8b\x08",
	 .n_magic = 3,
	 .start = gzip_start,
	 .expand = gzip_expand,
	 .end = gzip_end},
	{.name = "zstd",
	 .magic = "\x28\xb5\x2f\xfd",
	 .n_magic = 4,
	 .start = zstd_start,
	 .expand = zstd_expand,
	 .end = zstd_end},
	{.name = "xz",
	 .magic = "\xfd"
		  "7zXZ\0",
	 .n_magic = 6,
	 .start = xz_start,
	 .expand = xz_expand,
	 .end = xz_end},
};

const struct packing *packing_of(const char *start, size_t n)
{
	for (size_t i = 0; i < array_size(packings); i++)
		if (n >= packings[i].n_magic &&
		    memcmp(start, packings[i].magic, packings[i].n_magic) == 0)
			return &packings[i];
	return NULL;
}

/* Reads the next compressed bytes if there are none left. */
static int piece_fill(struct piece *p, int from, uint8_t *chunk)
{
	ssize_t n;

	if (p->n_in || p->is_last)
		return 0;
	n = io_read(from, chunk, CHUNK_SIZE);
	if (n < 0)
		return -1;
	p->in = chunk;
	p->n_in = (size_t)n;
	p->is_last = !n;
	return 0;
}

static int expand_all(const struct packing *p, void *state, int from, int to,
		      uint64_t limit, const char *name, struct error *err)
{
	scoped(mem_release) uint8_t *in = mem_resize(NULL, CHUNK_SIZE, 1);
	scoped(mem_release) uint8_t *out = mem_resize(NULL, CHUNK_SIZE, 1);
	enum progress progress = RUNNING;
	struct piece piece = {0};
	uint64_t all = 0;
	size_t n;

	for (;;) {
		if (piece_fill(&piece, from, in) < 0)
			return error_sys(err, "cannot read '%s'", name);
		if (progress == WHOLE && piece.is_last && !piece.n_in)
			return 0;
		piece.out = out;
		piece.room = CHUNK_SIZE;
		progress = p->expand(state, &piece);
		if (progress == DAMAGED)
			return error_set(err, "'%s': its %s data is damaged", name,
					 p->name);
		n = CHUNK_SIZE - piece.room;
		all += n;
		if (all > limit)
			return error_set(err,
					 "'%s': its %s data expands to more than %" PRIu64
					 " MiB",
					 name, p->name, limit >> 20);
		if (io_write(to, out, n) < 0)
			return error_sys(err, "cannot expand '%s'", name);
		if (progress == RUNNING && piece.is_last && !n)
			return error_set(err, "'%s': its %s data is truncated", name,
					 p->name);
	}
}

int packing_expand(const struct packing *p, int from, int to, uint64_t limit,
		   const char *name, struct error *err)
{
	void *state = p->start();
	int result = expand_all(p, state, from, to, limit, name, err);

	p->end(state);
	return result;
}
