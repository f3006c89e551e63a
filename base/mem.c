#include "base/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *mem_check(void *p)
{
	static const char line[] = "flame: out of memory\n";

	if (p)
		return p;
	if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
		abort();
	_exit(1);
}

void *mem_new(size_t n, size_t size)
{
	return mem_check(calloc(n ? n : 1, size ? size : 1));
}

void *mem_resize(void *p, size_t n, size_t size)
{
	return mem_check(reallocarray(p, n ? n : 1, size ? size : 1));
}

char *mem_str(const char *s, size_t len)
{
	char *copy = mem_check(malloc(len + 1));

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *mem_format(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = mem_vformat(fmt, args);
	va_end(args);
	return text;
}

char *mem_vformat(const char *fmt, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	return mem_check(text);
}

void mem_free(void *p)
{
	free(p);
}

void mem_release(void *p)
{
	void **owner = p;

	free(*owner);
	*owner = NULL;
}

char *mem_list(const char *const *words, size_t n, size_t most)
{
	char *list = mem_str("", 0), *longer;

	assert(most);
	for (size_t i = 0; i < n && i < most; i++) {
		longer = mem_format("%s%s%s", list, i ? ", " : "", words[i]);
		mem_free(list);
		list = longer;
	}
	if (n <= most)
		return list;
	longer = mem_format("%s and %zu more", list, n - most);
	mem_free(list);
	return longer;
}
