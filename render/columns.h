/* The cells of tables. column_text() prepares texts of others, which may hold any
 * bytes. */
#pragma once

#include "base/arena.h"
#include "base/out.h"

#include <stdbool.h>
#include <stddef.h>

/* The text of a cell: 's', or a copy in 'texts' in which a line break is "\n" and, if the
 * output is a terminal, every byte that a terminal must not get is an escape. */
const char *column_text(struct arena *texts, const struct out *o, const char *s);

void column_spaces(struct out *o, size_t n);

/* Writes spaces and then the text, 'width' columns together; longer texts have no
 * spaces. */
void column_right(struct out *o, size_t width, const char *s);

/* Writes the text and then the spaces, which the last cell of a line does not need. */
void column_left(struct out *o, size_t width, const char *s, bool is_last);
