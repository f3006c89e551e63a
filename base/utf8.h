/* Characters in UTF-8. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Instead of a character: the byte belongs to no valid sequence. */
#define UTF8_INVALID UINT32_MAX

/* The bytes of the longest character. */
enum { UTF8_CHAR_MAX = 4 };

/* Returns the character at '*s', which is before 'end', and moves '*s' after it; of an
 * invalid sequence, UTF8_INVALID for each byte. */
uint32_t utf8_next(const char **s, const char *end);

/* Whether the bytes from 's' to 'end' are the start of a valid sequence that needs more
 * bytes. */
bool utf8_is_cut(const char *s, const char *end);

/* Writes a character; returns its length. */
size_t utf8_put(char to[UTF8_CHAR_MAX], uint32_t c);

/* Whether a character may be shown: it is no control character, has no influence on the
 * reading direction or on lines, and is a character at all. */
bool utf8_is_printable(uint32_t c);
