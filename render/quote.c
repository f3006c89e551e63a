#include "render/quote.h"

#include "base/scoped.h"
#include "render/text.h"

#include <stdbool.h>
#include <string.h>

/* Writes 's' with 'mark' before each of the bytes in 'special'. */
static void write_marked(struct out *o, const char *s, const char *special, char mark)
{
	size_t len;

	for (; *s; s += len) {
		len = strcspn(s, special);
		text_write(o, s, len);
		if (s[len]) {
			out_char(o, mark);
			out_char(o, s[len++]);
		}
	}
}

void quote_json(struct out *o, const char *s)
{
	out_char(o, '"');
	write_marked(o, s, "\"\\", '\\');
	out_char(o, '"');
}

static void write_field(struct out *o, const char *s, const char *prefix)
{
	/* Spaces at the ends need quotes too: some readers remove them. */
	if (!s[strcspn(s, "\",\r\n ")]) {
		out_str(o, prefix);
		text_write(o, s, strlen(s));
		return;
	}
	out_char(o, '"');
	out_str(o, prefix);
	write_marked(o, s, "\"", '"');
	out_char(o, '"');
}

void quote_csv(struct out *o, const char *s)
{
	write_field(o, s, "");
}

/* Whether a spreadsheet would read more than text. */
static bool is_formula(const char *s)
{
	static const char *const starts[] = {"=",      "+",	 "-",	   "@",
					     "\uff1d", "\uff0b", "\uff0d", "\uff20"};

	if (*s == '\t' || *s == '\r' || *s == '\n')
		return true;
	while (*s && strchr(" \t\r\n\"'", *s))
		s++;
	for (size_t i = 0; i < array_size(starts); i++)
		if (strncmp(s, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

void quote_csv_safe(struct out *o, const char *s)
{
	write_field(o, s, is_formula(s) ? "'" : "");
}
