#include "cli/command.h"
#include "cli/help.h"
#include "cli/message.h"
#include "cli/version.h"

#include <stdbool.h>
#include <string.h>

static bool is_help(const char *arg)
{
	return strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0;
}

static int print_version(int argc, char **argv)
{
	if (argc > 3 || (argc == 3 && strcmp(argv[2], "--verbose") != 0))
		return usage(NULL, "--version takes only --verbose");
	version_print(argc == 3);
	return EXIT_DONE;
}

int main(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2)
		return usage(NULL, "no command");
	if (strcmp(argv[1], "--version") == 0)
		return print_version(argc, argv);
	if (is_help(argv[1])) {
		help_print_overview();
		return EXIT_DONE;
	}
	command = command_find(argv[1]);
	if (!command)
		return usage(NULL, "unknown %s '%s'",
			     argv[1][0] == '-' ? "option" : "command", argv[1]);
	return command->run(argc - 1, argv + 1);
}
