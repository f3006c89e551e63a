#include "fold/tidy.h"

#include "base/scoped.h"

#include <stdlib.h>
#include <string.h>

enum { RUST_HASH_LEN = 19 }; /* "::h" and 16 hex digits */

static bool has(const char *at, const char *end, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(end - at) >= len && memcmp(at, text, len) == 0;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The length of a name without its parameter list. Parentheses in template arguments,
 * in "(anonymous namespace)" and around Go's receivers are part of the name. */
static size_t without_parameters(const char *name, size_t len, bool exact)
{
	const char *end = name + len;
	int depth = 0;

	for (size_t i = 0; i < len; i++) {
		const char *at = name + i;

		if (has(at, end, "operator")) {
			bool is_word = !i || !is_letter(at[-1]);

			i += strlen("operator");
			if (!exact && is_word && has(name + i, end, "()"))
				i += strlen("()");
			while (i < len && strchr("<>-=!", name[i]))
				i++;
			i--;
		} else if (*at == '(') {
			bool is_in_name = depth ||
					  has(at, end, "(anonymous namespace)") ||
					  (i && at[-1] == '.');

			if (!is_in_name)
				return i;
			depth++;
		} else if (strchr("<{[", *at)) {
			depth++;
		} else if (strchr(">}])", *at) && depth) {
			depth--;
		}
	}
	return len;
}

static bool is_rust_hash(const char *s, size_t len)
{
	if (len < RUST_HASH_LEN || memcmp(s + len - RUST_HASH_LEN, "::h", 3) != 0)
		return false;
	for (size_t i = len - 16; i < len; i++)
		if (!strchr("0123456789abcdef", s[i]))
			return false;
	return true;
}

/* Decodes one escape of Rust's legacy mangling ("$LT$", "$u7b$") at 's' to '*c'.
 * Returns its length, or 0 if there is none. */
static size_t rust_escape(const char *s, const char *end, char *c)
{
	static const struct {
		const char *code;
		char c;
	} codes[] = {{"$SP$", '@'}, {"$BP$", '*'}, {"$RF$", '&'}, {"$LT$", '<'},
		     {"$GT$", '>'}, {"$LP$", '('}, {"$RP$", ')'}, {"$C$", ','}};

	for (size_t i = 0; i < array_size(codes); i++)
		if (has(s, end, codes[i].code)) {
			*c = codes[i].c;
			return strlen(codes[i].code);
		}
	if (end - s >= 5 && s[1] == 'u' && s[4] == '$') {
		char hex[3] = {s[2], s[3], '\0'}, *stop;
		long value = strtol(hex, &stop, 16);

		*c = (char)value;
		return *stop || value < 0x20 || value > 0x7e ? 0 : 5;
	}
	return 0;
}

/* Undoes the escapes of a half-demangled Rust name, which still has its hash, and
 * drops the hash. */
static size_t undo_rust(char *to, const char *name, size_t len)
{
	const char *at = name, *end = name + len - RUST_HASH_LEN;
	size_t n = 0;

	if (has(at, end, "_$"))
		at++;
	while (at < end) {
		size_t used = *at == '$' ? rust_escape(at, end, &to[n]) : 0;

		if (used) {
			n++;
		} else if (has(at, end, "..")) {
			to[n++] = ':';
			to[n++] = ':';
			used = 2;
		} else {
			to[n++] = *at;
			used = 1;
		}
		at += used;
	}
	return n;
}

/* Whether the apostrophe at 'i' begins a lifetime of Rust: "<'a>", "&'static str". */
static bool is_lifetime(const char *name, size_t len, size_t i)
{
	size_t end = i + 1;

	if (!i || !strchr("&< ,+(", name[i - 1]))
		return false;
	while (end < len && (is_letter(name[end]) ||
			     (end > i + 1 && name[end] >= '0' && name[end] <= '9')))
		end++;
	return end > i + 1 && (end == len || name[end] != '\'');
}

size_t tidy_name(char *to, const char *name, size_t len,
		 const struct tidy_options *options)
{
	size_t n = 0, end = without_parameters(name, len, options->exact);
	bool drops_l = options->java && len && *name == 'L' && memchr(name, '/', end);

	if (!options->exact && is_rust_hash(name, end)) {
		end = undo_rust(to, name, end);
		name = to;
	}
	for (size_t i = drops_l; i < end; i++) {
		if (name[i] == '"' ||
		    (name[i] == '\'' && (options->exact || !is_lifetime(name, end, i))))
			continue;
		to[n++] = name[i] == ';' ? ':' : name[i];
	}
	return n;
}
