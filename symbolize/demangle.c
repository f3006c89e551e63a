#include "symbolize/demangle.h"

#include "base/mem.h"
#include "base/vec.h"

#include <libiberty/demangle.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	MAX_MANGLED = 16 * 1024,
	MAX_MANGLED_D = 512,
	MAX_SIZE_D = 8192,
	MAX_DOUBLINGS_D = 10,
	MAX_READABLE = 16 * 1024,
};

struct readable {
	VEC(char) text;
	jmp_buf too_long;
};

static void append(const char *s, size_t len, void *opaque)
{
	struct readable *r = opaque;

	if (!len) /* then 's' may be NULL */
		return;
	/* With back references a hundred bytes can expand to a terabyte, and a
	 * callback of libiberty cannot stop it. The longjmp() leaks nothing: libiberty
	 * holds no memory while it calls. */
	if (len > MAX_READABLE - r->text.n)
		longjmp(r->too_long, 1);
	vec_reserve(&r->text, len + 1);
	memcpy(r->text.items + r->text.n, s, len);
	r->text.n += len;
}

static bool to_text(const char *mangled, struct readable *r)
{
	/* As perf does: without parameters, return types and Rust's hashes. */
	if (setjmp(r->too_long))
		return false;
	if (rust_demangle_callback(mangled, DMGL_NO_OPTS, append, r))
		return true;
	r->text.n = 0;
	return cplus_demangle_v3_callback(mangled, DMGL_NO_OPTS, append, r);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Decodes a back reference at 's': 'Q' and a number in base 26, its last digit in
 * lower case. Returns the distance, 0 if there is no back reference. */
static size_t back_reference(const char *s)
{
	size_t far = 0;

	if (*s++ != 'Q')
		return 0;
	for (; *s >= 'A' && *s <= 'Z' && far < MAX_MANGLED_D; s++)
		far = far * 26 + (size_t)(*s - 'A');
	return *s >= 'a' && *s <= 'z' ? far * 26 + (size_t)(*s - 'a') : 0;
}

/* Whether 's' is a letter that introduces a name. */
static bool introduces_name(const char *s)
{
	return strchr("CSETX_", *s) && s[1] && strchr("0123456789_Q", s[1]);
}

/* The D demangler can run almost forever on a name of a hundred bytes. A back
 * reference to a type may double the text. And where it fails to parse something, it
 * tries again in another way: a possible type of a function after a name twice, a
 * possible symbol in the arguments of a template up to four times. This function
 * counts all possible doublings, rather too many than too few. Real names have few. */
static bool is_harmless_d(const char *mangled)
{
	uint32_t sizes[MAX_MANGLED_D + 1] = {0}, doublings[MAX_MANGLED_D + 1] = {0};
	size_t n = strlen(mangled);
	bool after_name = true;

	for (size_t i = 0; i < n; i++) {
		size_t far = back_reference(mangled + i);
		uint32_t size = 1, doubling = 0;

		if (far && far <= i && !is_digit(mangled[i - far])) {
			size += sizes[i] - sizes[i - far];
			doubling = 1 + doublings[i] - doublings[i - far];
			after_name = true;
		} else if (strchr("FUWRVY", mangled[i]) && after_name) {
			doubling = 1;
			after_name = false;
		}
		if (introduces_name(mangled + i))
			after_name = true;
		if (mangled[i] == 'S' && is_digit(mangled[i + 1]))
			doubling += 2;
		sizes[i + 1] = sizes[i] + size;
		doublings[i + 1] = doublings[i] + doubling;
		if (sizes[i + 1] > MAX_SIZE_D || doublings[i + 1] > MAX_DOUBLINGS_D)
			return false;
	}
	return true;
}

static bool to_text_d(const char *mangled, struct readable *r)
{
	char *s;

	if (strlen(mangled) > MAX_MANGLED_D || !is_harmless_d(mangled))
		return false;
	s = dlang_demangle(mangled, DMGL_NO_OPTS);
	if (!s)
		return false;
	if (strlen(s) <= MAX_READABLE) {
		vec_reserve(&r->text, strlen(s) + 1);
		r->text.n = strlen(s);
		memcpy(r->text.items, s, r->text.n);
	}
	mem_free(s);
	return r->text.n > 0;
}

static bool is_clone_part(const char *s, size_t len)
{
	bool digits = true, letters = true;

	for (size_t i = 0; i < len; i++) {
		digits &= s[i] >= '0' && s[i] <= '9';
		letters &= (s[i] >= 'a' && s[i] <= 'z') || s[i] == '_';
	}
	return len && (digits || letters);
}

/* The length of a name without ".part.0.cold", "@plt" and the like. */
static size_t base_length(const char *name)
{
	size_t base = strcspn(name, "@");

	for (size_t at = base; at-- > 0;) {
		if (name[at] != '.')
			continue;
		if (!is_clone_part(name + at + 1, base - at - 1))
			break;
		base = at;
	}
	return base;
}

char *demangle(const char *name)
{
	struct readable r = {0};
	size_t len = strnlen(name, MAX_MANGLED + 1), base;
	char *mangled, *text = NULL;
	bool done;

	if (len < 3 || len > MAX_MANGLED || name[0] != '_' || !strchr("ZRDG", name[1]))
		return NULL;
	base = base_length(name);
	mangled = mem_str(name, base);
	done = name[1] == 'D' ? to_text_d(mangled, &r) : to_text(mangled, &r);
	if (done && r.text.n)
		/* LLVM's suffix has another number in every build. */
		text = mem_format("%.*s%s", (int)r.text.n, r.text.items,
				  strncmp(name + base, ".llvm.", 6) ? name + base : "");
	vec_release(&r.text);
	mem_free(mangled);
	return text;
}
