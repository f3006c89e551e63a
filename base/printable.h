/* Text as a terminal may get it: valid UTF-8, with a visible escape for each control
 * character, each mark of the reading direction, each invisible character, and each
 * invalid byte. Names may come from an attacker, and a terminal executes control
 * characters. Escapes are \n \r \t, \xHH for a byte and \uHHHH or \UHHHHHHHH for a
 * character; a backslash stays as it is. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* An escape takes at most so many times the bytes that it stands for. */
enum { PRINTABLE_TIMES = 4 };

enum printable_flags {
	/* Line breaks stay: the text consists of lines. */
	PRINTABLE_LINES = 1,
	/* More text follows: an incomplete character at the end is left for the next
	 * call. */
	PRINTABLE_MORE = 2,
};

/* Whether the 'len' bytes at 's' need no escape. */
bool printable_is(const char *s, size_t len);

/* Copies the '*len' bytes at 's' to 'to', which has room for PRINTABLE_TIMES as many.
 * Stores in '*len' how many bytes were used, and returns the number of bytes in 'to'.
 * 'flags' are of enum printable_flags. */
size_t printable_copy(char *to, const char *s, size_t *len, unsigned flags);

/* Returns the text with escapes; mem_free() frees it. */
char *printable_text(const char *s, unsigned flags);
