#include "render/data/base91.h"

#include "base/mem.h"

#include <stdbool.h>

enum {
	BASE = 91,
	PAIR_BITS = 13, /* of two digits: 2^13 is below 91^2 */
	DIGIT_BITS = 6, /* of one digit: 2^6 is below 91 */
};

static char digit_char(uint32_t digit)
{
	uint32_t c = '!' + digit;

	/* Step over the three characters that are left out, in their order. */
	c += c >= '&';
	c += c >= '<';
	c += c >= '>';
	return (char)c;
}

/* The number of digits of 'size' bytes. */
static size_t digits_for(size_t size)
{
	size_t n_bits = 8 * size, rest = n_bits % PAIR_BITS;

	return n_bits / PAIR_BITS * 2 + (rest > 0) + (rest > DIGIT_BITS);
}

/* The digit of a character, or BASE where it is none. */
static uint32_t digit_of(char c)
{
	if (c < '!' || c > '~' || c == '&' || c == '<' || c == '>')
		return BASE;
	return (uint32_t)(c - '!' - (c > '&') - (c > '<') - (c > '>'));
}

void base91_write(struct out *o, const void *data, size_t size)
{
	const uint8_t *bytes = data;
	uint32_t bits = 0;
	unsigned n_bits = 0;

	for (size_t i = 0; i < size; i++) {
		bits |= (uint32_t)bytes[i] << n_bits;
		n_bits += 8;
		if (n_bits < PAIR_BITS)
			continue;
		uint32_t pair = bits & ((1 << PAIR_BITS) - 1);

		out_write(o, (char[]){digit_char(pair % BASE), digit_char(pair / BASE)},
			  2);
		bits >>= PAIR_BITS;
		n_bits -= PAIR_BITS;
	}
	if (n_bits)
		out_char(o, digit_char(bits % BASE));
	if (n_bits > DIGIT_BITS)
		out_char(o, digit_char(bits / BASE));
}

/* Bits on their way from digits to bytes. */
struct bit_row {
	uint8_t *next;
	uint32_t bits;
	unsigned n_bits;
};

static void bit_row_add(struct bit_row *row, uint32_t bits, unsigned n_bits)
{
	row->bits |= bits << row->n_bits;
	row->n_bits += n_bits;
	for (; row->n_bits >= 8; row->n_bits -= 8) {
		*row->next++ = (uint8_t)row->bits;
		row->bits >>= 8;
	}
}

static bool read_digits(struct bit_row *row, const char *text, size_t len)
{
	for (; len >= 2; text += 2, len -= 2) {
		uint32_t low = digit_of(text[0]), high = digit_of(text[1]);
		uint32_t pair = low + high * BASE;

		if (low == BASE || high == BASE || pair >> PAIR_BITS)
			return false;
		bit_row_add(row, pair, PAIR_BITS);
	}
	if (len) {
		uint32_t digit = digit_of(*text);

		if (digit >> DIGIT_BITS)
			return false;
		bit_row_add(row, digit, DIGIT_BITS);
	}
	/* The bits after the last byte are padding. */
	return !row->bits;
}

uint8_t *base91_read(const char *text, size_t len, size_t *size)
{
	size_t n_bits = len / 2 * PAIR_BITS + len % 2 * DIGIT_BITS;
	uint8_t *bytes = mem_new(n_bits / 8 + 1, 1);

	if (len != digits_for(n_bits / 8) ||
	    !read_digits(&(struct bit_row){.next = bytes}, text, len)) {
		mem_free(bytes);
		return NULL;
	}
	*size = n_bits / 8;
	return bytes;
}
