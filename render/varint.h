/* Numbers that take as many bytes as they need: seven bits a byte, the least significant ones
 * first; in all bytes but the last one the highest bit is set. */
#pragma once

#include "base/bytes.h"
#include "base/out.h"

#include <stdint.h>

void varint_write(struct out *o, uint64_t n);

/* The next number; 'b' has failed where it is cut short or above 2^64 - 1. */
uint64_t varint_read(struct bytes *b);
