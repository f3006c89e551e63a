/* Reading the command line of a command. */
#pragma once

#include "cli/command.h"
#include "options/option_reader.h"

/* The command line is complete and valid: the command runs. Any other value that these
 * functions return is an exit status, and help or an error message was printed. */
enum { COMMAND_LINE_VALID = -1 };

/* Reads a command line with one operand, the input file, into *file. Without an
 * operand, that is stdin if it is a pipe or a file. 'options' is the
 * command's struct of options. */
int command_line_one_file(const struct command *command, int argc, char **argv,
			  void *options, const char **file);

/* Result of a reader after its last operand: prints the help page if it was asked for.
 * 'result' is the last return value of option_reader_next(), 'err' its error. */
int command_line_end(const struct command *command, const struct option_reader *reader,
		     int result, const struct error *err);
