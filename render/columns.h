/* The cells of tables for a terminal. Texts may hold any bytes. */
#pragma once

#include "base/out.h"

#include <stdbool.h>
#include <stddef.h>

void column_spaces(struct out *o, size_t n);

/* Writes spaces and then the text, 'width' columns together; longer texts have no
 * spaces. */
void column_right(struct out *o, size_t width, const char *s);

/* Writes the text and then the spaces, which the last cell of a line does not need. */
void column_left(struct out *o, size_t width, const char *s, bool is_last);
