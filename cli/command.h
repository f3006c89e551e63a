/* The commands of flame, in a table, and how each reads its command line. */
#pragma once

#include "options/option_spec.h"

#include <stddef.h>

enum exit_status {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	/* A condition of --fail-on holds. */
	EXIT_HELD = 3,
	/* The command to record cannot be executed, as in a shell, or was not found. */
	EXIT_NOT_EXECUTABLE = 126,
	EXIT_NOT_FOUND = 127,
};

struct command {
	const char *name;
	/* Half a line, for the list of commands. */
	const char *summary;
	/* The options; an entry without specs ends the list. The help page is
	 * cli/help/NAME.txt. */
	const struct option_group *groups;
	/* The command's main(), with its name as argv[0]. Returns the exit status. */
	int (*run)(int argc, char **argv);
};

/* The command with this name, or NULL. */
const struct command *command_find(const char *name);

/* The commands in the order of the help, 'i' from 0 up; NULL after the last. */
const struct command *command_at(size_t i);

extern const struct command command_record;
extern const struct command command_fold;
extern const struct command command_render;
extern const struct command command_report;
extern const struct command command_info;
extern const struct command command_diff;
extern const struct command command_symbolize;
extern const struct command command_recover;
extern const struct command command_help;
