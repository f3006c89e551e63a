/* Messages to the user, on stderr, each on a line that starts with "flame". Names in them
 * may hold any bytes (cli/live/standard_error.h). */
#pragma once

#include "base/error.h"

struct command;
struct input_data;

/* Prints "flame: " and the text of 'err'. Returns EXIT_FAILED. */
int fail(const struct error *err);

/* Prints "flame: " and the text: a message that is no failure. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Prints what is wrong with a command line, and the command that explains it; 'command'
 * is NULL if the command line has none. Returns EXIT_USAGE. */
int usage(const struct command *command, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Prints the notes of a loaded input, a line each, then the damage at which the input
 * ended, if any. Returns EXIT_FAILED if there was damage, else EXIT_DONE. */
int print_notes(const struct input_data *input);
