#include "cli/command_line.h"

#include "cli/help.h"
#include "cli/message.h"

#include <sys/stat.h>
#include <unistd.h>

int command_line_end(const struct command *command, const struct option_reader *reader,
		     int result, const struct error *err)
{
	if (result < 0)
		return usage(command, "%s", err->text);
	if (!reader->is_help)
		return COMMAND_LINE_VALID;
	help_print(command);
	return EXIT_DONE;
}

/* Whether stdin was redirected to data: a terminal and /dev/null are none. */
static bool stdin_has_data(void)
{
	struct stat st;

	return fstat(STDIN_FILENO, &st) == 0 &&
	       (S_ISFIFO(st.st_mode) || S_ISREG(st.st_mode) || S_ISSOCK(st.st_mode));
}

int command_line_one_file(const struct command *command, int argc, char **argv,
			  void *options, const char **file)
{
	struct option_reader reader;
	struct error err;
	size_t operands = 0;
	int result, status;

	option_reader_init(&reader, command->groups, options, argc, argv);
	while ((result = option_reader_next(&reader, file, &err)) > 0)
		operands++;
	status = command_line_end(command, &reader, result, &err);
	if (status == COMMAND_LINE_VALID && !operands && stdin_has_data()) {
		*file = "-";
		operands = 1;
	}
	if (status == COMMAND_LINE_VALID && operands != 1)
		return usage(command, "expected one FILE, '-' for standard input");
	return status;
}
