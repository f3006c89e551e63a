#include "render/text.h"

#include "base/utf8.h"

uint32_t text_next(const char **s, const char *end)
{
	uint32_t c = utf8_next(s, end);

	return utf8_is_printable(c) ? c : TEXT_REPLACED;
}

size_t text_width(uint32_t c)
{
	if (c < 0x300)
		return 1;
	if (c < 0x370 || (c >= 0x200b && c <= 0x200d) || (c >= 0xfe00 && c <= 0xfe0f))
		return 0;
	if ((c >= 0x1100 && c < 0x1160) || (c >= 0x2e80 && c < 0xa4d0) ||
	    (c >= 0xac00 && c < 0xd7a4) || (c >= 0xf900 && c < 0xfb00) ||
	    (c >= 0xfe30 && c < 0xfe70) || (c >= 0xff00 && c < 0xff61) ||
	    (c >= 0x1f300 && c < 0x1fb00) || (c >= 0x20000 && c < 0x40000))
		return 2;
	return 1;
}

size_t text_columns(const char *s, size_t len)
{
	const char *end = s + len;
	size_t n = 0;

	while (s < end)
		n += text_width(text_next(&s, end));
	return n;
}

bool text_turns(const char *s, size_t len)
{
	const char *end = s + len;

	while (s < end) {
		uint32_t c = text_next(&s, end);

		if ((c >= 0x590 && c < 0x900) || (c >= 0xfb1d && c < 0xfe00) ||
		    (c >= 0xfe70 && c < 0xff00) || (c >= 0x10800 && c < 0x11000) ||
		    (c >= 0x1e800 && c < 0x1f000))
			return true;
	}
	return false;
}

void text_write(struct out *o, const char *s, size_t len)
{
	const char *end = s + len;

	while (s < end) {
		const char *plain = s;
		char c[UTF8_CHAR_MAX];

		/* Nearly all names consist of these alone. */
		while (s < end && *s >= 0x20 && *s < 0x7f)
			s++;
		out_write(o, plain, (size_t)(s - plain));
		if (s < end)
			out_write(o, c, utf8_put(c, text_next(&s, end)));
	}
}
