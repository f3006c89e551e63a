#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 2, 0))) static size_t
text_fill(struct error *err, const char *fmt, va_list args)
{
	int len = vsnprintf(err->text, sizeof(err->text), fmt, args);

	if (len < 0)
		err->text[len = 0] = '\0';
	return (size_t)len < sizeof(err->text) ? (size_t)len : sizeof(err->text) - 1;
}

/* Sets the text after its first 'len' bytes to ": " and 'text', as much as fits. */
static void text_append(struct error *err, size_t len, const char *text)
{
	size_t room = sizeof(err->text) - len, n = strnlen(text, sizeof(err->text));

	if (room < 4)
		return;
	if (n > room - 3)
		n = room - 3;
	memcpy(err->text + len, ": ", 2);
	memcpy(err->text + len + 2, text, n);
	err->text[len + 2 + n] = '\0';
}

int error_set(struct error *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	text_fill(err, fmt, args);
	va_end(args);
	err->code = 0;
	return -1;
}

int error_sys(struct error *err, const char *fmt, ...)
{
	int code = errno;
	va_list args;
	size_t len;

	va_start(args, fmt);
	len = text_fill(err, fmt, args);
	va_end(args);
	text_append(err, len, strerror(code));
	err->code = code;
	return -1;
}

int error_while(struct error *err, const char *fmt, ...)
{
	struct error inner = *err;
	va_list args;
	size_t len;

	va_start(args, fmt);
	len = text_fill(err, fmt, args);
	va_end(args);
	text_append(err, len, inner.text);
	return -1;
}
