#include "cli/message.h"

#include "cli/command.h"
#include "flow/input_data.h"

#include <stdarg.h>
#include <stdio.h>

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

int print_notes(const struct input_data *input)
{
	char *const *note;

	vec_each(note, &input->notes)
		say("%s", *note);
	return input->is_damaged ? fail(&input->damage) : EXIT_DONE;
}
