#include "flow/encoded/text_encoding.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
	REPLACEMENT = 0xfffd,
	SURROGATE = 0xd800,
	LOW_SURROGATE = 0xdc00,
	SURROGATE_MASK = 0xfc00,
	SURROGATE_BITS = 10,
	BEYOND = 0x10000, /* the first character that needs two units */
	MARK_16 = 2,
	MARK_8 = 3,
	UNIT_BYTES_MAX = 3, /* of UTF-8, for one unit of UTF-16 */
};

static uint32_t unit_at(const char *text, size_t at, bool big)
{
	uint32_t first = (uint8_t)text[at], second = (uint8_t)text[at + 1];

	return big ? first << 8 | second : second << 8 | first;
}

/* Returns the character at '*at' and moves '*at' after it. */
static uint32_t utf16_next(const char *text, size_t size, size_t *at, bool big)
{
	uint32_t c = unit_at(text, *at, big), low;

	*at += 2;
	if ((c & SURROGATE_MASK) == LOW_SURROGATE)
		return REPLACEMENT;
	if ((c & SURROGATE_MASK) != SURROGATE)
		return c;
	low = size - *at >= 2 ? unit_at(text, *at, big) : 0;
	if ((low & SURROGATE_MASK) != LOW_SURROGATE)
		return REPLACEMENT;
	*at += 2;
	return BEYOND + ((c - SURROGATE) << SURROGATE_BITS) + (low - LOW_SURROGATE);
}

const char *text_decode(const char *text, size_t *size, char **memory)
{
	bool big = *size >= MARK_16 && memcmp(text, "\xfe\xff", MARK_16) == 0;
	bool little = *size >= MARK_16 && memcmp(text, "\xff\xfe", MARK_16) == 0;
	size_t n = 0;

	*memory = NULL;
	if (*size >= MARK_8 && memcmp(text, "\xef\xbb\xbf", MARK_8) == 0) {
		*size -= MARK_8;
		return text + MARK_8;
	}
	if (!big && !little)
		return text;
	*memory = mem_resize(NULL, *size / 2 + 1, UNIT_BYTES_MAX);
	for (size_t at = MARK_16; *size - at >= 2;)
		n += utf8_put(*memory + n, utf16_next(text, *size, &at, big));
	*size = n;
	return *memory;
}
