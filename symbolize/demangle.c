#include "symbolize/demangle.h"

#include "base/mem.h"
#include "base/vec.h"

#include <libiberty/demangle.h>
#include <setjmp.h>
#include <stdbool.h>

enum {
	MAX_MANGLED = 16 * 1024,
	MAX_MANGLED_D = 512,
	MAX_READABLE = 16 * 1024,
};

struct readable {
	VEC(char) text;
	jmp_buf too_long;
};

static void append(const char *s, size_t len, void *opaque)
{
	struct readable *r = opaque;

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

/* The D demangler has no callback and follows back references ('Q') without a limit. */
static bool to_text_d(const char *mangled, struct readable *r)
{
	char *s;

	if (strlen(mangled) > MAX_MANGLED_D || strchr(mangled, 'Q'))
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
