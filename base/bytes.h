/* Bounded reading of untrusted bytes. A read past the end fails the reader for good: this
 * read and all later ones return zero. So callers read a whole record and check 'failed'
 * once. */
#pragma once

#include <byteswap.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	/* never NULL */
	const uint8_t *data;
	/* bytes of 'data', and how many of them have been read */
	size_t size, at;
	/* numbers are in the byte order that this machine does not have */
	bool swapped;
	bool failed;
};

/* A reader of 'size' bytes, which must stay where they are; NULL is empty. */
static inline struct bytes bytes_of(const void *data, size_t size)
{
	return (struct bytes){.data = data ? data : "", .size = data ? size : 0};
}

/* Number of bytes not read yet; 0 after a failure. */
static inline size_t bytes_left(const struct bytes *b)
{
	return b->failed ? 0 : b->size - b->at;
}

/* Returns the next 'len' bytes, which stay in the data, or NULL on failure. */
static inline const void *bytes_take(struct bytes *b, size_t len)
{
	if (b->failed || len > b->size - b->at) {
		b->failed = true;
		return NULL;
	}
	b->at += len;
	return b->data + b->at - len;
}

static inline void bytes_skip(struct bytes *b, size_t len)
{
	(void)bytes_take(b, len);
}

/* Reads the next 'len' bytes into a reader of their own, which has failed if there are
 * fewer. */
static inline struct bytes bytes_sub(struct bytes *b, size_t len)
{
	const void *p = bytes_take(b, len);

	return (struct bytes){p ? p : "", p ? len : 0, 0, b->swapped, !p};
}

/* The next 1, 2, 4 or 8 bytes as a number. */
static inline uint8_t bytes_u8(struct bytes *b)
{
	const uint8_t *p = bytes_take(b, 1);

	return p ? *p : 0;
}

static inline uint16_t bytes_u16(struct bytes *b)
{
	const void *p = bytes_take(b, 2);
	uint16_t v = 0;

	if (p)
		memcpy(&v, p, 2);
	return b->swapped ? bswap_16(v) : v;
}

static inline uint32_t bytes_u32(struct bytes *b)
{
	const void *p = bytes_take(b, 4);
	uint32_t v = 0;

	if (p)
		memcpy(&v, p, 4);
	return b->swapped ? bswap_32(v) : v;
}

static inline uint64_t bytes_u64(struct bytes *b)
{
	const void *p = bytes_take(b, 8);
	uint64_t v = 0;

	if (p)
		memcpy(&v, p, 8);
	return b->swapped ? bswap_64(v) : v;
}

/* Reads the next 'len' bytes and returns the NUL-terminated string at their start. Fails
 * if there is no NUL among them. Never NULL. */
static inline const char *bytes_str(struct bytes *b, size_t len)
{
	const char *p = bytes_take(b, len);

	if (!p || !memchr(p, '\0', len)) {
		b->failed = true;
		return "";
	}
	return p;
}

/* Reads a number in LEB128, the encoding of DWARF (DWARF 5, 7.6). Bits beyond the 64th
 * are lost. */
static inline uint64_t bytes_leb(struct bytes *b, bool is_signed)
{
	uint8_t byte = bytes_u8(b);
	uint64_t v = byte & 0x7f;
	unsigned shift = 7;

	for (; byte & 0x80; shift += 7) {
		byte = bytes_u8(b);
		if (shift < 64)
			v |= (uint64_t)(byte & 0x7f) << shift;
	}
	if (is_signed && byte & 0x40 && shift < 64)
		v |= ~(uint64_t)0 << shift;
	return v;
}

static inline uint64_t bytes_uleb(struct bytes *b)
{
	return bytes_leb(b, false);
}

static inline int64_t bytes_sleb(struct bytes *b)
{
	return (int64_t)bytes_leb(b, true);
}
