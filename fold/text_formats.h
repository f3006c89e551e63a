/* The table of all text formats that hold stacks. A new format is one module with a
 * struct text_format, and one row in text_formats.c. */
#pragma once

#include "fold/text_format.h"

/* Returns the format number 'i', from 0 up, or NULL after the last one. */
const struct text_format *text_format_at(size_t i);

/* Returns the format with that name ("folded", "perf-script"), or NULL. */
const struct text_format *text_format_named(const char *name);

/* Returns the first format that knows the text. Never NULL: the last one, folded text,
 * accepts every text. */
const struct text_format *text_format_of(const char *text, size_t size);
