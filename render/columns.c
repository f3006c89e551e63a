#include "render/columns.h"

#include "base/printable.h"
#include "render/text.h"

#include <string.h>

/* A line break in a name would end the row. */
static const char *lines_join(struct arena *texts, const char *s)
{
	char *copy = arena_take(texts, 2 * strlen(s) + 1), *to = copy;

	for (; *s; s++) {
		bool is_break = *s == '\n' || *s == '\r';

		if (is_break)
			*to++ = '\\';
		*to++ = (char)(!is_break ? *s : *s == '\n' ? 'n' : 'r');
	}
	*to = '\0';
	return copy;
}

const char *column_text(struct arena *texts, const struct out *o, const char *s)
{
	size_t len = strlen(s);
	char *copy;

	if (!out_is_terminal(o))
		return s[strcspn(s, "\r\n")] ? lines_join(texts, s) : s;
	if (printable_is(s, len))
		return s;
	copy = arena_take(texts, PRINTABLE_TIMES * len + 1);
	copy[printable_copy(copy, s, &len, 0)] = '\0';
	return copy;
}

void column_spaces(struct out *o, size_t n)
{
	while (n--)
		out_char(o, ' ');
}

static size_t missing(size_t width, const char *s)
{
	size_t used = text_columns(s, strlen(s));

	return used < width ? width - used : 0;
}

void column_right(struct out *o, size_t width, const char *s)
{
	column_spaces(o, missing(width, s));
	out_str(o, s);
}

void column_left(struct out *o, size_t width, const char *s, bool is_last)
{
	out_str(o, s);
	if (!is_last)
		column_spaces(o, missing(width, s));
}
