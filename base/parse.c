#include "base/parse.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* More digits than a double holds make no number more exact. */
enum { LONGEST_NUMBER = 40 };

#define LARGEST_DECIMAL 1e18
#define LONGEST_SECONDS 1e9

bool parse_u64(const char *text, uint64_t *value)
{
	uint64_t n = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*text - '0'), &n))
			return false;
	}
	*value = n;
	return true;
}

bool parse_decimal(const char *text, double *value)
{
	static const char digits[] = "0123456789";
	size_t whole = strspn(text, digits), fraction = 0, length = whole;

	if (text[whole] == '.') {
		fraction = strspn(text + whole + 1, digits);
		length = whole + 1 + fraction;
	}
	if (text[length] || whole + fraction == 0 || length > LONGEST_NUMBER)
		return false;
	*value = strtod(text, NULL);
	return *value <= LARGEST_DECIMAL;
}

bool parse_decimal_part(const char *text, size_t len, double *value)
{
	char number[LONGEST_NUMBER + 1];

	if (len > LONGEST_NUMBER)
		return false;
	memcpy(number, text, len);
	number[len] = '\0';
	return parse_decimal(number, value);
}

bool parse_duration(const char *text, uint64_t *ns)
{
	size_t len = strlen(text);
	double seconds, unit = 1;

	if (len && (text[len - 1] == 's' || text[len - 1] == 'm'))
		unit = text[--len] == 'm' ? 60 : 1;
	if (!parse_decimal_part(text, len, &seconds) || seconds * unit > LONGEST_SECONDS)
		return false;
	*ns = (uint64_t)(seconds * unit * 1e9);
	return true;
}

bool parse_size(const char *text, uint64_t *bytes)
{
	static const char units[] = "KMG";
	size_t len = strlen(text);
	char number[LONGEST_NUMBER + 1];
	const char *unit = len ? strchr(units, text[len - 1]) : NULL;
	unsigned shift = 0;

	if (unit) {
		shift = 10 * (unsigned)(unit - units + 1);
		len--;
	}
	if (len > LONGEST_NUMBER)
		return false;
	memcpy(number, text, len);
	number[len] = '\0';
	return parse_u64(number, bytes) &&
	       !__builtin_mul_overflow(*bytes, (uint64_t)1 << shift, bytes);
}

const char *parse_id(const char *list, uint32_t *id)
{
	size_t len = strcspn(list, ",");
	char number[16];
	uint64_t value;

	if (len >= sizeof(number))
		return NULL;
	memcpy(number, list, len);
	number[len] = '\0';
	if (!parse_u64(number, &value) || !value || value > INT32_MAX)
		return NULL;
	*id = (uint32_t)value;
	return list + len;
}
