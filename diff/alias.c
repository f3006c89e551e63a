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
		".isra",    ".constprop",  ".part",   ".cold", ".lto_priv",
		".llvm",    ".localalias", ".clone",  ".warm", ".ipa_cp",
		"._omp_fn", ".omp_fn",	   ".__uniq", ".abi0"};
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

/* The length without the mark of a demangled clone: "f(int) [clone .isra.0]". */
static size_t without_clone_mark(const char *s, size_t len)
{
	static const char mark[] = " [clone ";
	size_t n = sizeof(mark) - 1;

	if (!len || s[len - 1] != ']')
		return len;
	for (size_t at = len; at-- > 1;)
		if (len - at > n && memcmp(s + at, mark, n) == 0)
			return at;
	return len;
}

/* Whether 's' is the version of a symbol: "GLIBC_2.34", "OPENSSL_3.0.0". */
static bool is_version(const char *s, size_t len)
{
	bool has_number = false;

	if (!len || s[0] < 'A' || s[0] > 'Z')
		return false;
	for (size_t i = 1; i < len; i++) {
		if (!is_word(s[i]) && s[i] != '_' && s[i] != '.')
			return false;
		has_number |= s[i - 1] == '_' && is_digit(s[i]);
	}
	return has_number;
}

/* The length without "@plt", "@@GLIBC_2.34" or "@GLIBC_2.2.5". */
static size_t without_version(const char *s, size_t len)
{
	size_t at = len, end;

	if (ends_with(s, len, "@plt"))
		return len - strlen("@plt");
	while (at && s[at - 1] != '@')
		at--;
	if (at < 2 || !is_version(s + at, len - at))
		return len;
	end = at - 1;
	return end > 1 && s[end - 1] == '@' ? end - 1 : end;
}

static size_t base_length(const char *s, size_t len)
{
	size_t before;

	do {
		before = len;
		len = without_mark(s, len);
		len = without_clone(s, len);
		len = without_clone_mark(s, len);
		len = without_version(s, len);
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

/* Names that a virtual machine numbers as it makes them. */
static const struct numbered {
	const char *name;
	const char *first, *rest; /* the bytes that may follow, and are not compared */
} numbered_names[] = {
	{"$$Lambda", "$/", "$/0123456789abcdefx"},
	{"GeneratedMethodAccessor", "0123456789", "0123456789"},
	{"GeneratedConstructorAccessor", "0123456789", "0123456789"},
	{"GeneratedSerializationConstructorAccessor", "0123456789", "0123456789"},
	{"$Proxy", "0123456789", "0123456789"},
	{"LambdaForm$MH/", "0123456789", "0123456789abcdefx"},
	{"LambdaForm$DMH/", "0123456789", "0123456789abcdefx"},
	{"LambdaForm$BMH/", "0123456789", "0123456789abcdefx"},
};

/* Copies a numbered name at name[*at] to 'to', with '*' for the number, and moves '*at'
 * after it. Returns the number of bytes written, 0 if there is no such name. */
static size_t copy_numbered(char *to, const char *name, size_t len, size_t *at)
{
	for (size_t i = 0; i < array_size(numbered_names); i++) {
		const struct numbered *n = &numbered_names[i];
		size_t length = strlen(n->name), end = *at + length;

		if (end >= len || memcmp(name + *at, n->name, length) != 0 ||
		    !name[end] || !strchr(n->first, name[end]))
			continue;
		while (end < len && name[end] && strchr(n->rest, name[end]))
			end++;
		memcpy(to, n->name, length);
		to[length] = '*';
		*at = end;
		return length + 1;
	}
	return 0;
}

/* The length of the type arguments of a Go function at name[at], "[go.shape.int_0]", 0
 * for none. */
static size_t shapes_length(const char *name, size_t len, size_t at)
{
	static const char shape[] = "[go.shape.";
	size_t n = sizeof(shape) - 1, depth = 0;

	if (len - at < n || memcmp(name + at, shape, n) != 0)
		return 0;
	for (size_t end = at; end < len; end++) {
		depth += name[end] == '[';
		depth -= name[end] == ']';
		if (!depth)
			return end + 1 - at;
	}
	return 0;
}

size_t alias_function(char *to, const char *name, size_t len)
{
	size_t n = 0;

	len = base_length(name, len);
	for (size_t at = 0; at < len;) {
		size_t hash = hash_length(name, len, at);
		size_t shapes = shapes_length(name, len, at);
		size_t numbered = copy_numbered(to + n, name, len, &at);

		if (numbered) {
			n += numbered;
		} else if (shapes) {
			memcpy(to + n, "[...]", 5);
			n += 5;
			at += shapes;
		} else if (hash) {
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
