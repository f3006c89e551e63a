#include "render/base64.h"

#include "base/mem.h"

#include <stdbool.h>
#include <stdint.h>

static const char digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_write(struct out *o, const void *from, size_t size)
{
	const uint8_t *data = from;

	for (size_t i = 0; i < size; i += 3) {
		size_t n = size - i < 3 ? size - i : 3;
		uint32_t v = (uint32_t)data[i] << 16 | (n > 1 ? data[i + 1] << 8 : 0) |
			     (n > 2 ? data[i + 2] : 0);
		char four[4] = {digits[v >> 18], digits[v >> 12 & 63],
				n > 1 ? digits[v >> 6 & 63] : '=',
				n > 2 ? digits[v & 63] : '='};

		out_write(o, four, sizeof(four));
	}
}

static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

void *base64_read(const char *text, size_t len, size_t *size)
{
	uint8_t *data = mem_resize(NULL, len / 4 * 3 + 3, 1);
	size_t n = 0, characters = 0, padding = 0;
	uint32_t v = 0;
	bool valid = true;

	for (size_t i = 0; valid && i < len; i++) {
		if (is_space(text[i]))
			continue;
		padding += text[i] == '=';
		valid = text[i] == '=' ? padding <= 2
				       : !padding && value_of(text[i]) >= 0;
		v = v << 6 | (text[i] == '=' ? 0 : (uint32_t)value_of(text[i]));
		if (++characters % 4)
			continue;
		data[n++] = (uint8_t)(v >> 16);
		data[n++] = (uint8_t)(v >> 8);
		data[n++] = (uint8_t)v;
	}
	/* Three characters are two bytes, two are one. */
	if (!valid || characters % 4 || padding > n) {
		mem_free(data);
		return NULL;
	}
	*size = n - padding;
	return data;
}
