#include "cli/command.h"
#include "cli/help.h"
#include "cli/version.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool is_help(const char *arg)
{
	return strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0;
}

static int print_version(int argc, char **argv)
{
	if (argc > 3 || (argc == 3 && strcmp(argv[2], "--verbose") != 0)) {
		fputs("flame: --version takes only --verbose (see 'flame help')\n",
		      stderr);
		return EXIT_USAGE;
	}
	version_print(argc == 3);
	return EXIT_DONE;
}

int main(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		fputs("flame: no command (see 'flame help')\n", stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0)
		return print_version(argc, argv);
	if (is_help(argv[1])) {
		help_print_overview();
		return EXIT_DONE;
	}
	command = command_find(argv[1]);
	if (!command) {
		fprintf(stderr, "flame: unknown %s '%s' (see 'flame help')\n",
			argv[1][0] == '-' ? "option" : "command", argv[1]);
		return EXIT_USAGE;
	}
	return command->run(argc - 1, argv + 1);
}
