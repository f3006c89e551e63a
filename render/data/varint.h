/* Numbers of a picture's data: LEB128, seven bits a byte, the lowest ones first; all
 * bytes but a number's last have bit 7 set. bytes_uleb() reads them. */
#pragma once

#include "base/out.h"

#include <stdint.h>

static inline void varint_write(struct out *o, uint64_t n)
{
	uint8_t bytes[10];
	size_t len = 0;

	for (; n >= 0x80; n >>= 7)
		bytes[len++] = (uint8_t)(n | 0x80);
	bytes[len++] = (uint8_t)n;
	out_write(o, bytes, len);
}

/* Differences of either sign as small numbers: 0 -1 1 -2 2 become 0 1 2 3 4
 * ("zigzag"). A difference of two uint64_t is taken modulo 2^64, so that each pair of
 * numbers has one. */
static inline uint64_t varint_zigzag(uint64_t difference)
{
	return difference << 1 ^ (difference >> 63 ? UINT64_MAX : 0);
}

static inline uint64_t varint_unzigzag(uint64_t n)
{
	return n >> 1 ^ (n & 1 ? UINT64_MAX : 0);
}
