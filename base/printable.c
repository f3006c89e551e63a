#include "base/printable.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

/* More than the longest escape and its NUL. */
enum { ESCAPE_MAX = 16 };

static bool is_plain(char c)
{
	return c >= 0x20 && c < 0x7f;
}

/* Invisible characters: a name with them looks like another name. These are Unicode's
 * Default_Ignorable_Code_Point, without joiners (U+200C, U+200D) and the selector of
 * emoji (U+FE0F), which names in some scripts need. */
static bool is_hidden(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {
		{0xad, 0xad},	    {0x34f, 0x34f},	{0x115f, 0x1160},
		{0x17b4, 0x17b5},   {0x180b, 0x180f},	{0x200b, 0x200b},
		{0x2060, 0x206f},   {0x3164, 0x3164},	{0xfe00, 0xfe0e},
		{0xffa0, 0xffa0},   {0xfff0, 0xfffb},	{0x1bca0, 0x1bca3},
		{0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
	};

	for (size_t i = 0; i < array_size(hidden); i++)
		if (c >= hidden[i].first && c <= hidden[i].last)
			return true;
	return false;
}

static bool is_shown(uint32_t c)
{
	return utf8_is_printable(c) && !is_hidden(c);
}

bool printable_is(const char *s, size_t len)
{
	const char *end = s + len;

	while (s < end)
		if (is_plain(*s))
			s++;
		else if (!is_shown(utf8_next(&s, end)))
			return false;
	return true;
}

/* Returns the length of the escape for 'c'; 'first' is its first byte. */
static size_t escape_write(char to[ESCAPE_MAX], uint32_t c, uint8_t first)
{
	int len;

	if (c == '\n' || c == '\r' || c == '\t')
		len = snprintf(to, ESCAPE_MAX, "\\%c",
			       c == '\n'   ? 'n'
			       : c == '\r' ? 'r'
					   : 't');
	else if (c < 0x80 || c == UTF8_INVALID)
		len = snprintf(to, ESCAPE_MAX, "\\x%02x", first);
	else
		len = snprintf(to, ESCAPE_MAX, c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
	return (size_t)len;
}

size_t printable_copy(char *to, const char *s, size_t *len, unsigned flags)
{
	const char *start = s, *end = s + *len;
	char escape[ESCAPE_MAX];
	size_t n = 0;

	while (s < end) {
		const char *at = s;
		uint32_t c;

		if (is_plain(*s) || (*s == '\n' && flags & PRINTABLE_LINES)) {
			to[n++] = *s++;
			continue;
		}
		if (flags & PRINTABLE_MORE && utf8_is_cut(s, end))
			break;
		c = utf8_next(&s, end);
		if (is_shown(c)) {
			memcpy(to + n, at, (size_t)(s - at));
			n += (size_t)(s - at);
			continue;
		}
		memcpy(to + n, escape, escape_write(escape, c, (uint8_t)*at));
		n += strlen(escape);
	}
	*len = (size_t)(s - start);
	return n;
}

char *printable_text(const char *s, unsigned flags)
{
	size_t len = strlen(s);
	char *text = mem_resize(NULL, len * PRINTABLE_TIMES + 1, 1);

	text[printable_copy(text, s, &len, flags)] = '\0';
	return text;
}
