#include "cli/command.h"
#include "cli/options.h"

#include <stdio.h>

static void print_overview(void)
{
	const struct command *command;

	fputs("flame: record where CPU time goes, and see it\n"
	      "\n"
	      "    sudo flame record -a 30       the whole machine for 30 s -> "
	      "flame.data, flame.svg\n"
	      "    flame render FILE             draw a recording again\n"
	      "    flame diff BEFORE AFTER       what changed between two\n"
	      "\n"
	      "commands:\n",
	      stdout);
	for (size_t i = 0; (command = command_at(i)); i++)
		printf("    %-9s %s\n", command->name, command->summary);
	fputs("\n'flame help COMMAND' explains a command, 'flame --version' tells the "
	      "version.\n",
	      stdout);
}

static int run(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		print_overview();
		return EXIT_DONE;
	}
	command = command_find(argv[1]);
	if (!command)
		return usage(&command_help, "there is no command '%s'", argv[1]);
	fputs(command->help, stdout);
	return EXIT_DONE;
}

const struct command command_help = {
	.name = "help",
	.run = run,
	.summary = "explain a command",
	.help = "usage: flame help [COMMAND]\n",
};
