#include "cli/command_line.h"
#include "cli/help.h"
#include "cli/message.h"

static const struct option_group help_groups[] = {{0}};

static int cmd_help(int argc, char **argv)
{
	const char *name = NULL, *operand;
	const struct command *command;
	struct option_reader reader;
	struct error err;
	int result, status;

	option_reader_init(&reader, help_groups, NULL, argc, argv);
	while ((result = option_reader_next(&reader, &operand, &err)) > 0) {
		if (name)
			return usage(&command_help, "expected one COMMAND");
		name = operand;
	}
	status = command_line_end(&command_help, &reader, result, &err);
	if (status != COMMAND_LINE_VALID)
		return status;
	if (!name) {
		help_print_overview();
		return EXIT_DONE;
	}
	command = command_find(name);
	if (!command)
		return usage(&command_help, "unknown command '%s'", name);
	help_print(command);
	return EXIT_DONE;
}

const struct command command_help = {
	.name = "help",
	.summary = "explain a command",
	.groups = help_groups,
	.run = cmd_help,
};
