#include "cli/options.h"

#include "base/mem.h"
#include "base/out.h"
#include "cli/command.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int fail(const struct error *err)
{
	fprintf(stderr, "flame: %s\n", err->text);
	return EXIT_FAILED;
}

void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fputs("flame: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
}

int usage(const struct command *command, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fprintf(stderr, "flame %s: ", command->name);
	vfprintf(stderr, fmt, args);
	fprintf(stderr, " (see 'flame help %s')\n", command->name);
	va_end(args);
	return EXIT_USAGE;
}

int usage_getopt(const struct command *command, char *const *argv)
{
	if (optopt && optopt < 256)
		return usage(command, "option '-%c' is unknown or lacks its value",
			     optopt);
	return usage(command, "option '%s' is unknown or lacks its value",
		     argv[optind - 1]);
}

unsigned terminal_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
		return 0;
	return size.ws_col;
}

char *path_with_extension(const char *path, const char *extension)
{
	const char *slash = strrchr(path, '/');
	const char *dot = strrchr(path, '.');
	size_t len = strlen(path);

	if (dot && dot > (slash ? slash + 1 : path))
		len = (size_t)(dot - path);
	return mem_format("%.*s%s", (int)len, path, extension);
}
