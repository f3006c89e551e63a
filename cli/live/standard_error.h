/* The stream of messages. Nothing else writes to it. On a terminal, control characters of
 * a text are shown as escapes (base/printable.h). */
#pragma once

#include <stdbool.h>

/* Whether stderr is a terminal. */
bool standard_error_is_terminal(void);

/* Writes 'before', a text that may hold any bytes, and 'after'. */
void standard_error_write(const char *before, const char *text, const char *after);

/* Shows a text that the next one replaces, if stderr is a terminal. */
void status_show(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Removes that text. */
void status_end(void);
