/* Help pages: prose from cli/help/NAME.txt, option lines from the tables of options. */
#pragma once

struct command;

/* Prints the page of a command on stdout. */
void help_print(const struct command *command);

/* Prints the page of flame itself, with the list of commands. */
void help_print_overview(void);
