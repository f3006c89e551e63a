#include "base/utf8.h"

bool utf8_is_printable(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == UTF8_INVALID)
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

uint32_t utf8_next(const char **s, const char *end)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	static const uint8_t bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	const uint8_t *p = (const uint8_t *)*s;
	size_t len = sequence_of(*p);
	uint32_t c;

	*s += 1;
	if (!len || len > (size_t)(end - (const char *)p))
		return UTF8_INVALID;
	c = *p & bits[len];
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return UTF8_INVALID;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return UTF8_INVALID;
	*s += len - 1;
	return c;
}

bool utf8_is_cut(const char *s, const char *end)
{
	size_t len = sequence_of((uint8_t)*s);

	if (s + 1 > end || len <= (size_t)(end - s))
		return false;
	for (s++; s < end; s++)
		if (((uint8_t)*s & 0xc0) != 0x80)
			return false;
	return true;
}

size_t utf8_put(char to[UTF8_CHAR_MAX], uint32_t c)
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
