#include "render/quote.h"

#include "render/text.h"

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

void quote_csv(struct out *o, const char *s)
{
	/* Spaces at the ends need quotes too: some readers remove them. */
	if (!s[strcspn(s, "\",\r\n ")]) {
		text_write(o, s, strlen(s));
		return;
	}
	out_char(o, '"');
	write_marked(o, s, "\"", '"');
	out_char(o, '"');
}
