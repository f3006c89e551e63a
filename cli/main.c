#include "cli/command.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool is_help(const char *arg)
{
	return strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0;
}

int main(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		fputs("flame: no command (see 'flame help')\n", stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("flame " FLAME_VERSION);
		return EXIT_DONE;
	}
	if (is_help(argv[1]))
		return command_help.run(1, argv + 1);
	command = command_find(argv[1]);
	if (!command) {
		fprintf(stderr, "flame: there is no command '%s' (see 'flame help')\n",
			argv[1]);
		return EXIT_USAGE;
	}
	if (argc > 2 && is_help(argv[2])) {
		fputs(command->help, stdout);
		return EXIT_DONE;
	}
	return command->run(argc - 1, argv + 1);
}
