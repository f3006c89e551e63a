/* Names as they may be shown: UTF-8 that is valid, without control characters and without
 * marks that turn the reading direction. Whatever else a name holds becomes U+FFFD. */
#pragma once

#include "base/out.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_REPLACED 0xfffd

/* Four bytes are the longest code point. */
enum { TEXT_CHAR_MAX = 4 };

/* Takes one character from '*s', which is not yet at 'end', and moves '*s' behind it. A broken
 * sequence is passed byte by byte. */
uint32_t text_next(const char **s, const char *end);

/* Writes a character as UTF-8; returns its length. */
size_t text_put(char to[TEXT_CHAR_MAX], uint32_t c);

/* How many cells of a terminal or of a monospaced font a character takes: 1, or 2 where it
 * comes from the wide scripts; a combining mark takes 0. */
size_t text_width(uint32_t c);

/* The cells that the 'len' bytes at 's' take once they are shown. */
size_t text_columns(const char *s, size_t len);

/* Whether there are letters among them that are read from right to left. */
bool text_turns(const char *s, size_t len);

/* Writes the 'len' bytes at 's' as they may be shown. */
void text_write(struct out *o, const char *s, size_t len);
