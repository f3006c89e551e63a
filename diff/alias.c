#include "diff/alias.h"

#include "base/scoped.h"

#include <stdbool.h>
#include <string.h>

enum { HASH_DIGITS = 8, RUST_HASH = 16 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex_letter(char c)
{
	return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool ends_with(const char *s, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len > n && memcmp(s + len - n, end, n) == 0;
}

/* The length without a mark of folded text, or of a tier of .NET, at the end. */
static size_t without_mark(const char *s, size_t len)
{
	static const char *const marks[] = {
		"_[k]",
		"_[i]",
		"_[j]",
		"_[0]",
		"_[1]",
		"[PreJIT]",
		"[Tier0]",
		"[Tier1]",
		"[QuickJitted]",
		"[OptimizedTier1]",
		"[OptimizedTier1OSR]",
		"[Instrumented]",
		"[InstrumentedTier0]",
		"[InstrumentedTier1]",
	};

	for (size_t i = 0; i < array_size(marks); i++)
		if (ends_with(s, len, marks[i]))
			return len - strlen(marks[i]);
	return len;
}

/* The length without one ".word" or ".word.NUMBER" that a compiler appended. */
static size_t without_clone(const char *s, size_t len)
{
	static const char *const words[] = {
		".isra", ".constprop",	".part",  ".cold", ".lto_priv",
		".llvm", ".localalias", ".clone", ".warm", ".ipa_cp"};
	size_t end = len;

	while (end && is_digit(s[end - 1]))
		end--;
	end = end < len && end && s[end - 1] == '.' ? end - 1 : len;
	for (size_t i = 0; i < array_size(words); i++)
		if (ends_with(s, end, words[i]))
			return end - strlen(words[i]);
	return len;
}

static size_t without_rust_hash(const char *s, size_t len)
{
	if (len <= RUST_HASH + 3 || memcmp(s + len - RUST_HASH - 3, "::h", 3) != 0)
		return len;
	for (size_t i = len - RUST_HASH; i < len; i++)
		if (!is_digit(s[i]) && !is_hex_letter(s[i]))
			return len;
	return len - RUST_HASH - 3;
}

static size_t base_length(const char *s, size_t len)
{
	size_t before;

	do {
		before = len;
		len = without_mark(s, len);
		len = without_clone(s, len);
		len = without_rust_hash(s, len);
	} while (len < before);
	return len;
}

/* The length of the hash or address at s[at], 0 for none. */
static size_t hash_length(const char *s, size_t len, size_t at)
{
	bool digits = false, letters = false;
	size_t n = 0;

	if (at && is_word(s[at - 1]))
		return 0;
	if (len - at > 2 && s[at] == '0' && s[at + 1] == 'x')
		n = 2;
	for (; at + n < len && (is_digit(s[at + n]) || is_hex_letter(s[at + n])); n++) {
		digits |= is_digit(s[at + n]);
		letters |= is_hex_letter(s[at + n]);
	}
	if (at + n < len && is_word(s[at + n]))
		return 0;
	if (n > 2 && s[at] == '0' && s[at + 1] == 'x')
		return n;
	return n >= HASH_DIGITS && digits && letters ? n : 0;
}

/* V8 writes the mark of the tier between the kind of code and the function's name. */
static bool is_tier_mark(const char *s, size_t at)
{
	static const char *const kinds[] = {"JS", "LazyCompile", "Function", "Script",
					    "Eval"};

	if (!strchr("~^*+", s[at]) || at < 3 || s[at - 1] != ':')
		return false;
	for (size_t i = 0; i < array_size(kinds); i++)
		if (at - 1 == strlen(kinds[i]) && memcmp(s, kinds[i], at - 1) == 0)
			return true;
	return false;
}

size_t alias_function(char *to, const char *name, size_t len)
{
	size_t n = 0;

	len = base_length(name, len);
	for (size_t at = 0; at < len;) {
		size_t hash = hash_length(name, len, at);

		if (hash) {
			to[n++] = '*';
			at += hash;
		} else if (is_tier_mark(name, at)) {
			at++;
		} else {
			to[n++] = name[at++];
		}
	}
	return n;
}

static size_t number_length(const char *s, size_t len, size_t at)
{
	size_t n = 0;

	while (at + n < len && is_digit(s[at + n]))
		n++;
	return n;
}

/* Copies a name, with '*' for each hash, and for each number after one of
 * 'separators'. */
static size_t without_numbers(char *to, const char *name, size_t len,
			      const char *separators)
{
	size_t n = 0;

	for (size_t at = 0; at < len;) {
		size_t number = hash_length(name, len, at);

		if (!number && at && strchr(separators, name[at - 1]))
			number = number_length(name, len, at);
		to[n++] = number ? '*' : name[at];
		at += number ? number : 1;
	}
	return n;
}

size_t alias_root(char *to, const char *name, size_t len)
{
	if (len > 4 && memcmp(name, "CPU ", 4) == 0) {
		memcpy(to, name, len);
		return len;
	}
	return without_numbers(to, name, len, "-/:# ");
}

size_t alias_object(char *to, const char *name, size_t len)
{
	for (size_t at = 1; at + 4 < len; at++)
		if (memcmp(name + at, ".so.", 4) == 0 && is_digit(name[at + 4]))
			len = at + 3;
	return without_numbers(to, name, len, "-.");
}
