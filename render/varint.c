#include "render/varint.h"

enum { MOST_BYTES = 10 };

void varint_write(struct out *o, uint64_t n)
{
	char bytes[MOST_BYTES];
	size_t len = 0;

	for (; n > 127; n >>= 7)
		bytes[len++] = (char)(n | 128);
	bytes[len++] = (char)n;
	out_write(o, bytes, len);
}

uint64_t varint_read(struct bytes *b)
{
	uint64_t n = 0;

	for (unsigned shift = 0; shift < 7 * MOST_BYTES; shift += 7) {
		uint8_t byte = bytes_u8(b);

		/* The tenth byte has room for one bit. */
		if (shift == 63 && byte > 1)
			break;
		n |= (uint64_t)(byte & 127) << shift;
		if (byte < 128)
			return n;
	}
	b->failed = true;
	return 0;
}
