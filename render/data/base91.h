/* Bytes as text in base 91, for places where XML text may stand. The digits 0 to 90 are
 * the printable ASCII characters from '!' to '~' without '&', '<' and '>'.
 *
 * The bytes form a row of bits, the least significant bit of each byte first. 13 bits
 * at a time are a number below 8,192, least significant bit first, written as two
 * digits, the lower one first. At the end up to 6 remaining bits are one digit, 7 to
 * 12 bits are two digits; missing bits are 0. 1.23 characters a byte; base 64 takes
 * 1.33. */
#pragma once

#include "base/out.h"

#include <stddef.h>
#include <stdint.h>

void base91_write(struct out *o, const void *data, size_t size);

/* The bytes that base91_write() wrote as the 'len' characters at 'text', '*size' of
 * them; the caller frees them with mem_free(). NULL where the text is no output of
 * base91_write(). */
uint8_t *base91_read(const char *text, size_t len, size_t *size);
