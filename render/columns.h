/* The cells of a table of text. */
#pragma once

#include "base/out.h"

#include <stdbool.h>
#include <stddef.h>

void column_spaces(struct out *o, size_t n);

/* Writes a text of any bytes behind spaces, so that both are 'width' wide. */
void column_right(struct out *o, size_t width, const char *s);

/* The text before the spaces, which are left out where it is the last of its line. */
void column_left(struct out *o, size_t width, const char *s, bool is_last);
