#include "render/text.h"

static bool is_showable(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		return false;
	if (c == 0x2028 || c == 0x2029 || c == 0xfeff)
		return false;
	if (c == 0x61c || c == 0x200e || c == 0x200f)
		return false;
	if ((c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
		return false;
	return (c & 0xfffe) != 0xfffe && !(c >= 0xfdd0 && c <= 0xfdef);
}

/* Length of the sequence that a byte begins, 0 for none. */
static size_t sequence_of(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first < 0xe0)
		return 2;
	if (first >= 0xe0 && first < 0xf0)
		return 3;
	return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

uint32_t text_next(const char **s, const char *end)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	static const uint8_t bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	const uint8_t *p = (const uint8_t *)*s;
	size_t len = sequence_of(*p);
	uint32_t c;

	*s += 1;
	if (!len || len > (size_t)(end - (const char *)p))
		return TEXT_REPLACED;
	c = *p & bits[len];
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return TEXT_REPLACED;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return TEXT_REPLACED;
	*s += len - 1;
	return is_showable(c) ? c : TEXT_REPLACED;
}

size_t text_put(char to[TEXT_CHAR_MAX], uint32_t c)
{
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const uint8_t marks[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (size_t i = len; --i;) {
		to[i] = (char)(0x80 | (c & 0x3f));
		c >>= 6;
	}
	to[0] = (char)(marks[len] | c);
	return len;
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
		char c[TEXT_CHAR_MAX];

		/* Nearly all names consist of these alone. */
		while (s < end && *s >= 0x20 && *s < 0x7f)
			s++;
		out_write(o, plain, (size_t)(s - plain));
		if (s < end)
			out_write(o, c, text_put(c, text_next(&s, end)));
	}
}
