/* Names as they may be shown: valid UTF-8 without control characters and without marks
 * that change the reading direction. Every other byte or character becomes U+FFFD. */
#pragma once

#include "base/out.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_REPLACED 0xfffd

/* Returns the character at '*s', which is before 'end', and moves '*s' after it. Of an
 * invalid sequence each byte is one TEXT_REPLACED. */
uint32_t text_next(const char **s, const char *end);

/* The cells of a terminal or of a monospaced font that a character takes: 1, 2 for
 * wide scripts, 0 for combining marks. */
size_t text_width(uint32_t c);

/* The cells that the 'len' bytes at 's' take when they are shown. */
size_t text_columns(const char *s, size_t len);

/* Whether the 'len' bytes at 's' have letters that are read from right to left. */
bool text_turns(const char *s, size_t len);

/* Writes the 'len' bytes at 's' as they may be shown. */
void text_write(struct out *o, const char *s, size_t len);
