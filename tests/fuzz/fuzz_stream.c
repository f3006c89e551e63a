/* Any bytes as the records of a recording. The first byte is the mode: byte order (bit
 * 0), claimed size (bits 1 and 2), and with bit 3 the bytes are not the records
 * themselves but are first wrapped in compressed records, of the second kind with bit 4,
 * in pieces of as many bytes as the second byte has: records span them, and must come out
 * unchanged. */
#include "base/mem.h"
#include "base/vec.h"
#include "record/data/format.h"
#include "record/data/stream.h"
#include "tests/fuzz/fuzz.h"

#include <byteswap.h>
#include <stdbool.h>
#include <string.h>

enum {
	SWAPPED = 1,
	CLAIM_NOTHING = 2,
	CLAIM_MORE = 4,
	WRAP = 8,
	WRAP_2 = 16,
	RUNS = 32, /* pieces that repeat one byte are stored as a run of it */
	RUN_TIMES = 64,
};

struct buffer {
	VEC(uint8_t) bytes;
	bool swapped;
};

static void put(struct buffer *to, const void *data, size_t size)
{
	vec_reserve(&to->bytes, size);
	if (size)
		memcpy(to->bytes.items + to->bytes.n, data, size);
	to->bytes.n += size;
}

static void put_header(struct buffer *to, uint32_t type, size_t size)
{
	uint16_t misc = 0, size16 = (uint16_t)size;

	type = to->swapped ? bswap_32(type) : type;
	size16 = to->swapped ? bswap_16(size16) : size16;
	put(to, &type, sizeof(type));
	put(to, &misc, sizeof(misc));
	put(to, &size16, sizeof(size16));
}

static bool is_run(const uint8_t *data, size_t size)
{
	return size > 1 && memcmp(data, data + 1, size - 1) == 0;
}

/* A zstd frame that never ends, of one block for each piece: the bytes as they are, or
 * one byte and how often it is repeated (RFC 8878, 3.1.1). */
static void put_block(struct buffer *to, const uint8_t *data, size_t size, bool is_first,
		      size_t times)
{
	static const uint8_t frame[] = {0x28, 0xb5, 0x2f, 0xfd, 0, 0x38};
	size_t header = times * size << 3 | (times > 1 ? 2 : 0);
	uint8_t head[] = {(uint8_t)header, (uint8_t)(header >> 8),
			  (uint8_t)(header >> 16)};

	if (is_first)
		put(to, frame, sizeof(frame));
	put(to, head, sizeof(head));
	put(to, data, times > 1 ? 1 : size);
}

static void put_record(struct buffer *to, const struct buffer *block, unsigned mode)
{
	static const uint8_t zeros[8];
	size_t n = block->bytes.n, padding = (8 - n % 8) % 8;
	uint64_t size = to->swapped ? bswap_64(n) : n;

	if (mode & WRAP_2) {
		put_header(to, FORMAT_RECORD_COMPRESSED2, 16 + n + padding);
		put(to, &size, sizeof(size));
		put(to, block->bytes.items, n);
		put(to, zeros, padding);
	} else {
		put_header(to, FORMAT_RECORD_COMPRESSED, 8 + n);
		put(to, block->bytes.items, n);
	}
}

/* Wraps 'in'; 'plain' gets the bytes that must come out again. */
static void wrap(struct buffer *to, struct buffer *plain, struct bytes in, unsigned mode)
{
	size_t piece = 1 + 4 * (size_t)bytes_u8(&in);
	bool is_first = true;

	while (bytes_left(&in)) {
		size_t n = piece < bytes_left(&in) ? piece : bytes_left(&in);
		const uint8_t *data = bytes_take(&in, n);
		size_t times = mode & RUNS && is_run(data, n) ? RUN_TIMES : 1;
		struct buffer block = {0};

		put_block(&block, data, n, is_first, times);
		put_record(to, &block, mode);
		for (size_t i = 0; i < times; i++)
			put(plain, data, n);
		vec_release(&block.bytes);
		is_first = false;
	}
}

/* Reads all records; 'plain', if any, has the expected bytes. */
static uint64_t read_all(struct stream *s, const struct buffer *plain)
{
	struct stream_record record;
	struct error err;
	uint64_t hash = 0;
	size_t at = 0;
	int got;

	while ((got = stream_next(s, &record, &err)) > 0) {
		const struct bytes *b = &record.bytes;
		uint64_t part = hash * 31 + record.type;

		require(b->size >= FORMAT_RECORD_SIZE_MIN && !b->at && !b->failed);
		require(record.at >= s->at && record.at - s->at <= s->plain.size);
		for (size_t i = 0; i < b->size; i++)
			part = part * 31 + b->data[i];
		hash = part + record.at;
		if (!plain)
			continue;
		require(b->size <= plain->bytes.n - at);
		require(memcmp(b->data, plain->bytes.items + at, b->size) == 0);
		at += b->size;
	}
	require(!plain || got < 0 || at == plain->bytes.n);
	require(stream_next(s, &record, &err) == 0);
	return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = bytes_of(data, size);
	unsigned mode = bytes_u8(&b);
	struct buffer wrapped = {.swapped = mode & SWAPPED}, plain = {0};
	struct stream_source source = {.file_off = 104, .swapped = mode & SWAPPED};
	struct stream s;
	uint64_t first;

	source.data = b.data + b.at;
	source.size = bytes_left(&b);
	if (mode & WRAP) {
		wrap(&wrapped, &plain, b, mode);
		source.data = wrapped.bytes.items;
		source.size = wrapped.bytes.n;
	}
	source.claimed = mode & CLAIM_NOTHING ? 0 : source.size + (mode & CLAIM_MORE);
	source.blocks = block_cache_new(source.size);
	stream_init(&s, &source);
	first = read_all(&s, mode & WRAP ? &plain : NULL);
	stream_release(&s);
	/* The second stream finds the blocks of the first one. */
	stream_init(&s, &source);
	require(read_all(&s, mode & WRAP ? &plain : NULL) == first);
	stream_release(&s);
	block_cache_free(&source.blocks);
	vec_release(&wrapped.bytes);
	vec_release(&plain.bytes);
	return 0;
}
