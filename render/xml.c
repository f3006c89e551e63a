#include "render/xml.h"

#include "render/text.h"

#include <string.h>

static const char *escape_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	}
	return NULL;
}

void xml_text(struct out *o, const char *s, size_t len)
{
	const char *end = s + len;
	const char *from = s;

	for (; s < end; s++) {
		const char *escape = escape_of(*s);

		if (!escape)
			continue;
		text_write(o, from, (size_t)(s - from));
		out_str(o, escape);
		from = s + 1;
	}
	text_write(o, from, (size_t)(end - from));
}

void xml_isolated(struct out *o, const char *s, size_t len)
{
	bool turns = text_turns(s, len);

	if (turns)
		out_str(o, "\xe2\x81\xa8");
	xml_text(o, s, len);
	if (turns)
		out_str(o, "\xe2\x81\xa9");
}

void xml_str(struct out *o, const char *s)
{
	xml_text(o, s, strlen(s));
}

void xml_tenths(struct out *o, uint64_t tenths)
{
	out_u64(o, tenths / 10);
	if (tenths % 10) {
		out_char(o, '.');
		out_char(o, (char)('0' + tenths % 10));
	}
}
