#include "cli/command.h"

#include "base/scoped.h"

#include <string.h>

const struct command *command_at(size_t i)
{
	static const struct command *const commands[] = {
		&command_record,    &command_fold,    &command_render,
		&command_report,    &command_info,    &command_diff,
		&command_symbolize, &command_recover, &command_help,
	};

	return i < array_size(commands) ? commands[i] : NULL;
}

const struct command *command_find(const char *name)
{
	const struct command *command;

	for (size_t i = 0; (command = command_at(i)); i++)
		if (strcmp(command->name, name) == 0)
			return command;
	return NULL;
}
