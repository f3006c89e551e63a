/* A part of a text, not terminated. Its functions are inline: with a literal they cost
 * as much as a comparison of its bytes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const char *at;
	size_t len;
};

static inline bool span_is_space(char c)
{
	return c == ' ' || c == '\t';
}

static inline bool span_equals(struct span s, const char *text)
{
	return s.len == strlen(text) && (!s.len || memcmp(s.at, text, strlen(text)) == 0);
}

static inline bool span_starts(struct span s, const char *text)
{
	return s.len >= strlen(text) && memcmp(s.at, text, strlen(text)) == 0;
}

static inline bool span_ends(struct span s, const char *text)
{
	return s.len >= strlen(text) &&
	       memcmp(s.at + s.len - strlen(text), text, strlen(text)) == 0;
}

/* The first place of 'text' in the span, or NULL; of an empty span 'at' may be NULL. */
static inline const char *span_find(struct span s, const char *text)
{
	return s.len ? memmem(s.at, s.len, text, strlen(text)) : NULL;
}

/* The same for a character. */
static inline const char *span_find_char(struct span s, char c)
{
	return s.len ? memchr(s.at, c, s.len) : NULL;
}

/* The span without spaces and tabs at both ends. */
static inline struct span span_trim(struct span s)
{
	while (s.len && span_is_space(*s.at))
		s.at++, s.len--;
	while (s.len && span_is_space(s.at[s.len - 1]))
		s.len--;
	return s;
}

/* True for an empty span, and for one of spaces and tabs only. */
static inline bool span_is_blank(struct span s)
{
	return !span_trim(s).len;
}

/* True if the span begins with a space or a tab. */
static inline bool span_is_indented(struct span s)
{
	return s.len && span_is_space(*s.at);
}

/* The number of a span of decimal digits; UINT64_MAX, with *is_huge set, if it is 2^64 or
 * more. */
static inline uint64_t span_number(struct span s, bool *is_huge)
{
	uint64_t value = 0;

	for (size_t i = 0; i < s.len; i++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(s.at[i] - '0'), &value))
			return *is_huge = true, UINT64_MAX;
	return value;
}
