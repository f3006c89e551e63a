#include "render/box_label.h"

#include "base/utf8.h"
#include "render/text.h"

#include <stdbool.h>
#include <string.h>

static const char ellipsis[] = "\xe2\x80\xa6";

/* Longer names are truncated first. The rest of BOX_LABEL_MAX is room for replaced
 * characters, which grow, and for the ellipsis. */
enum { NAME_MAX_BYTES = 1000, COLUMNS_MAX = 500 };

static bool fits(const char *s, size_t len, size_t columns)
{
	/* No character takes more cells than bytes; a replaced byte takes one cell. */
	return len <= columns || text_columns(s, len) <= columns;
}

/* Removes each "<...>", the innermost ones first. Returns the new length. */
static size_t drop_templates(char *s, size_t len)
{
	size_t open[NAME_MAX_BYTES];
	size_t n_open = 0, n = 0;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '<')
			open[n_open++] = n;
		if (s[i] == '>' && n_open) {
			n = open[--n_open];
			continue;
		}
		s[n++] = s[i];
	}
	return n;
}

/* Drops the last "(...)", the parameters, and the text after it ("const"). Returns the
 * new length. */
static size_t drop_parameters(const char *s, size_t len)
{
	size_t close = len, open;
	int depth = 1;

	while (close && s[close - 1] != ')')
		close--;
	/* "(anonymous namespace)::f" has no parameters. */
	if (!close || memchr(s + close, ':', len - close))
		return len;
	for (open = close - 1; open && depth; open--)
		depth += (s[open - 1] == ')') - (s[open - 1] == '(');
	/* A receiver of Go is part of the name: "list.(*List).Push". */
	if (depth || !open || s[open - 1] == '.')
		return len;
	return open;
}

/* Writes the first columns of a name and an ellipsis into 'to'. */
static size_t truncate_right(char *to, const char *s, size_t len, size_t columns)
{
	const char *end = s + len;
	size_t n = 0, used = 0;

	if (columns < 3)
		return 0;
	while (s < end) {
		uint32_t c = text_next(&s, end);

		used += text_width(c);
		if (used > columns - 1)
			break;
		n += utf8_put(to + n, c);
	}
	memcpy(to + n, ellipsis, sizeof(ellipsis) - 1);
	return n + sizeof(ellipsis) - 1;
}

/* Writes all characters of a name as they may be shown. Returns the bytes written. */
static size_t put_shown(char *to, const char *s, size_t len)
{
	const char *end = s + len;
	size_t n = 0;

	while (s < end)
		n += utf8_put(to + n, text_next(&s, end));
	return n;
}

/* Drops namespaces from the left until 's' fits, and truncates it if it still does
 * not. */
static size_t fit_unqualified(char *to, const char *s, size_t len, size_t columns)
{
	const char *end = s + len;

	for (const char *p = s; !fits(s, (size_t)(end - s), columns);) {
		p = memmem(p, (size_t)(end - p), "::", 2);
		if (!p || p + 2 == end)
			return truncate_right(to, s, (size_t)(end - s), columns);
		p += 2;
		s = p;
	}
	return put_shown(to, s, (size_t)(end - s));
}

size_t box_label_fit(char to[BOX_LABEL_MAX], const char *name, size_t columns)
{
	char s[NAME_MAX_BYTES + 1];
	size_t len = strnlen(name, NAME_MAX_BYTES + 1);
	size_t n, shorter;

	if (columns > COLUMNS_MAX)
		columns = COLUMNS_MAX;
	if (len <= NAME_MAX_BYTES && fits(name, len, columns)) {
		n = put_shown(to, name, len);
		to[n] = '\0';
		return n;
	}
	len = len > NAME_MAX_BYTES ? NAME_MAX_BYTES : len;
	memcpy(s, name, len);
	s[len] = '\0';
	shorter = drop_templates(s, len);
	if (shorter)
		len = shorter;
	else /* "<lambda>" consists of nothing else. */
		memcpy(s, name, len);
	s[len] = '\0';
	if (!fits(s, len, columns)) {
		len = drop_parameters(s, len);
		s[len] = '\0';
	}
	n = fit_unqualified(to, s, len, columns);
	to[n] = '\0';
	return n;
}

size_t box_label_fit_middle(char to[BOX_LABEL_MAX], const char *name, size_t columns)
{
	size_t len = strnlen(name, NAME_MAX_BYTES);
	const char *end = name + len;
	const char *tail = name;
	size_t all, n;

	if (columns > COLUMNS_MAX)
		columns = COLUMNS_MAX;
	if (fits(name, len, columns)) {
		n = put_shown(to, name, len);
		to[n] = '\0';
		return n;
	}
	all = text_columns(name, len);
	n = truncate_right(to, name, len, columns - columns / 2);
	/* The tail takes the other half of the columns. */
	for (; n && tail < end && all > columns / 2;)
		all -= text_width(text_next(&tail, end));
	if (n)
		n += put_shown(to + n, tail, (size_t)(end - tail));
	to[n] = '\0';
	return n;
}
