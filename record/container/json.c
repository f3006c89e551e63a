#include "record/container/json.h"

#include <stdint.h>
#include <string.h>

enum { DEPTH_MAX = 64, CODE_DIGITS = 4 };

struct json json_of(const void *text, size_t size)
{
	const char *at = text;

	return (struct json){at, at + size};
}

static char peek(const struct json *j)
{
	return j->at < j->end ? *j->at : '\0';
}

static void blanks_skip(struct json *j)
{
	while (j->at < j->end && strchr(" \t\r\n", *j->at) && *j->at)
		j->at++;
}

/* Skips blanks, then the character. */
static bool take(struct json *j, char c)
{
	blanks_skip(j);
	if (peek(j) != c || j->at == j->end)
		return false;
	j->at++;
	return true;
}

static bool string_skip(struct json *j)
{
	if (!take(j, '"'))
		return false;
	for (; j->at < j->end && *j->at != '"'; j->at++)
		if (*j->at == '\\')
			j->at++;
	return take(j, '"');
}

/* Numbers, true, false, null. */
static bool word_skip(struct json *j)
{
	const char *start = j->at;

	while (j->at < j->end && !strchr(" \t\r\n,]}", *j->at))
		j->at++;
	return j->at > start;
}

/* Nested values are counted, not recursed into. */
static bool value_skip(struct json *j)
{
	int depth = 0;

	do {
		blanks_skip(j);
		switch (peek(j)) {
		case '{':
		case '[':
			j->at++;
			depth++;
			break;
		case '}':
		case ']':
			j->at++;
			depth--;
			break;
		case ',':
		case ':':
			j->at++;
			break;
		case '"':
			if (!string_skip(j))
				return false;
			break;
		default:
			if (!word_skip(j))
				return false;
		}
	} while (depth > 0 && depth <= DEPTH_MAX);
	return depth == 0;
}

/* Whether a string has this text, which has no characters that need escapes. */
static bool string_is(struct json string, const char *text)
{
	size_t n = strlen(text);

	return take(&string, '"') && (size_t)(string.end - string.at) > n &&
	       memcmp(string.at, text, n) == 0 && string.at[n] == '"';
}

bool json_member(struct json object, const char *key, struct json *value)
{
	if (!take(&object, '{'))
		return false;
	do {
		struct json name = object;

		if (!string_skip(&object) || !take(&object, ':'))
			return false;
		blanks_skip(&object);
		if (string_is(name, key)) {
			*value = object;
			return true;
		}
	} while (value_skip(&object) && take(&object, ','));
	return false;
}

bool json_element(struct json *array, struct json *value)
{
	if (!take(array, '[') && !take(array, ','))
		return false;
	blanks_skip(array);
	*value = *array;
	return peek(array) != ']' && value_skip(array);
}

/* The code of "\u0041", after the backslash. */
static uint32_t code_read(const struct json *j)
{
	uint32_t code = 0;

	for (int i = 1; i <= CODE_DIGITS; i++) {
		static const char digits[] = "0123456789abcdef";
		const char *digit =
			j->end - j->at > i ? memchr(digits, j->at[i] | 0x20, 16) : NULL;

		if (!digit)
			return 0;
		code = code << 4 | (uint32_t)(digit - digits);
	}
	return code;
}

/* Decodes an escape, 'j' is after its backslash. A character beyond ASCII becomes '?'. */
static char escape_read(struct json *j)
{
	static const char plain[] = "\"\\/";
	uint32_t code;

	if (peek(j) != 'u')
		return strchr(plain, peek(j)) ? peek(j) : '?';
	code = code_read(j);
	j->at += j->end - j->at > CODE_DIGITS ? CODE_DIGITS : 0;
	return code >= ' ' && code < 0x7f ? (char)code : '?';
}

bool json_string(struct json value, char *text, size_t size)
{
	size_t n = 0;

	if (!take(&value, '"'))
		return false;
	for (; value.at < value.end && *value.at != '"'; value.at++) {
		char c = *value.at;

		if (c == '\\') {
			value.at++;
			c = escape_read(&value);
		}
		if ((unsigned char)c < ' ' || c == 0x7f)
			c = '?';
		if (n + 1 < size)
			text[n++] = c;
	}
	text[n] = '\0';
	return peek(&value) == '"';
}
