/* What the commands' option parsing has in common, and how they talk to the user. */
#pragma once

#include "base/error.h"

struct command;

/* "flame: " and the text on stderr. Returns EXIT_FAILED. */
int fail(const struct error *err);

/* A line on stderr that is no failure. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A wrong command line: the text and where to read on. Returns EXIT_USAGE. */
int usage(const struct command *command, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* What getopt_long() has just refused ('opt' '?' or ':'). Returns EXIT_USAGE. */
int usage_getopt(const struct command *command, char *const *argv);

/* Columns of the terminal that stdout is, or 0 where it is none. */
unsigned terminal_width(void);

/* 'path' with the extension ".data" (or ".folded", ".txt", ...) replaced by 'extension'; in
 * the directory of 'path'. mem_free() ends it. */
char *path_with_extension(const char *path, const char *extension);
