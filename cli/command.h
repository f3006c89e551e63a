/* The commands of flame: what each is called, what it does, how it is explained. */
#pragma once

#include <stddef.h>

enum exit_status {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_HELD = 3,		   /* a --fail-on */
	EXIT_NOT_EXECUTABLE = 126, /* of a command, as a shell has it; 127: not found */
};

struct command {
	const char *name;
	/* What main() would be, with argv[0] the command's name; returns the exit status. */
	int (*run)(int argc, char **argv);
	const char *summary; /* half a line */
	const char *help;    /* all of it, from "usage:" on */
};

/* The command of that name, or NULL. */
const struct command *command_find(const char *name);

/* The commands in the order in which they are explained, 'i' from 0 up; NULL behind the last. */
const struct command *command_at(size_t i);

extern const struct command command_record;
extern const struct command command_fold;
extern const struct command command_render;
extern const struct command command_report;
extern const struct command command_diff;
extern const struct command command_symbolize;
extern const struct command command_help;
