#include "render/columns.h"

#include "render/text.h"

#include <string.h>

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
	text_write(o, s, strlen(s));
}

void column_left(struct out *o, size_t width, const char *s, bool is_last)
{
	text_write(o, s, strlen(s));
	if (!is_last)
		column_spaces(o, missing(width, s));
}
