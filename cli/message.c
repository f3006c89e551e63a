#include "cli/message.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "cli/command.h"
#include "cli/live/standard_error.h"
#include "flow/input_data.h"

#include <stdarg.h>

int fail(const struct error *err)
{
	say("%s", err->text);
	return EXIT_FAILED;
}

void say(const char *fmt, ...)
{
	scoped(mem_release) char *text = NULL;
	va_list args;

	va_start(args, fmt);
	text = mem_vformat(fmt, args);
	va_end(args);
	standard_error_write("flame: ", text, "\n");
}

int usage(const struct command *command, const char *fmt, ...)
{
	const char *name = command ? command->name : "";
	const char *space = command ? " " : "";
	scoped(mem_release) char *text = NULL, *line = NULL;
	va_list args;

	va_start(args, fmt);
	text = mem_vformat(fmt, args);
	va_end(args);
	line = mem_format("flame%s%s: %s (see 'flame help%s%s')", space, name, text,
			  space, name);
	standard_error_write("", line, "\n");
	return EXIT_USAGE;
}

int print_notes(const struct input_data *input)
{
	char *const *note;

	vec_each(note, &input->notes)
		say("%s", *note);
	return input->is_damaged ? fail(&input->damage) : EXIT_DONE;
}
