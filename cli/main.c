#include "cli/command.h"
#include "cli/help.h"
#include "cli/message.h"
#include "cli/version.h"
#include "sandbox/descriptors.h"

#include <stdbool.h>
#include <stdio.h>
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

/* Returns 'status', or EXIT_FAILED if printed text is lost. */
static int stdout_end(int status)
{
	struct error err;

	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	error_sys(&err, "cannot write 'standard output'");
	fail(&err);
	return status == EXIT_DONE ? EXIT_FAILED : status;
}

static int run(int argc, char **argv)
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

int main(int argc, char **argv)
{
	if (descriptors_open_standard() < 0)
		return EXIT_FAILED;
	return stdout_end(run(argc, argv));
}
