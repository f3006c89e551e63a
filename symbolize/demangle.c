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

	if (!len) /* then there may be no 's' either */
		return;
	/* Back references let a hundred bytes stand for a terabyte, and libiberty does not ask
	 * its callback whether to go on. It holds no memory while it calls it. */
	if (len > MAX_READABLE - r->text.n)
		longjmp(r->too_long, 1);
	vec_reserve(&r->text, len + 1);
	memcpy(r->text.items + r->text.n, s, len);
	r->text.n += len;
}

static bool to_text(const char *mangled, struct readable *r)
{
	/* As with perf: no parameters, no return types, no hashes of Rust. */
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

/* How far a back reference ('Q', a number of 26 digits, the last one in lower case) at 's' leads
 * back; 0 where there is none. */
static size_t back_reference(const char *s)
{
	size_t far = 0;

	if (*s++ != 'Q')
		return 0;
	for (; *s >= 'A' && *s <= 'Z' && far < MAX_MANGLED_D; s++)
		far = far * 26 + (size_t)(*s - 'A');
	return *s >= 'a' && *s <= 'z' ? far * 26 + (size_t)(*s - 'a') : 0;
}

/* A name of some kind may begin behind a letter that says so. */
static bool introduces_name(const char *s)
{
	return strchr("CSETX_", *s) && s[1] && strchr("0123456789_Q", s[1]);
}

/* The D demangler follows back references; one to a type may double the text. And where it can't
 * make sense of something it tries once more in another way, at each of these: what could be a
 * function's type behind a name (twice), what could be a symbol in a template's arguments (up
 * to four times). So names of a hundred bytes can keep it busy for ever. This counts what could
 * double, rather too much than too little; most of the real names have little of it. */
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

/* Where ".part.0.cold", "@plt" and the like begin: the length of what stands before. */
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
		/* LLVM's suffix is a number of its own for every build. */
		text = mem_format("%.*s%s", (int)r.text.n, r.text.items,
				  strncmp(name + base, ".llvm.", 6) ? name + base : "");
	vec_release(&r.text);
	mem_free(mangled);
	return text;
}
