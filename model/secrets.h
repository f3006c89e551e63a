/* Hides passwords in a command line before it is stored. The words that lead to a secret
 * are tables in secrets.c; docs/format.md lists them. A hidden value becomes "***". */
#pragma once

#include "base/out.h"

#include <stdbool.h>

/* State between two arguments. Zero-initialize, with 'out'. */
struct secret_filter {
	struct out *out;
	/* The argument is the whole command line: blanks end a value. */
	bool is_line;

	/* private: the next argument is a secret; the letters of options with secrets of
	 * the program that was named last */
	bool hides_next;
	const char *letters;
};

/* Writes the next argument without its secrets. */
void secret_filter_write(struct secret_filter *f, const char *arg);

/* Returns a program and its arguments as one line without secrets; mem_free() frees
 * it. */
char *secrets_command_line(const char *program, int argc, char *const *argv);
