#include "cli/live/standard_error.h"

#include "base/mem.h"
#include "base/printable.h"
#include "base/scoped.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool standard_error_is_terminal(void)
{
	return isatty(STDERR_FILENO);
}

void standard_error_write(const char *before, const char *text, const char *after)
{
	scoped(mem_release) char *shown = standard_error_is_terminal()
						  ? printable_text(text, 0)
						  : mem_str(text, strlen(text));

	fprintf(stderr, "%s%s%s", before, shown, after);
}

void status_show(const char *fmt, ...)
{
	scoped(mem_release) char *text = NULL;
	va_list args;

	if (!standard_error_is_terminal())
		return;
	va_start(args, fmt);
	text = mem_vformat(fmt, args);
	va_end(args);
	standard_error_write("\r", text, "\033[K");
}

void status_end(void)
{
	if (standard_error_is_terminal())
		standard_error_write("\r", "", "\033[K");
}
