#include "cli/symbolize_arguments.h"

#include "cli/command_line.h"
#include "cli/message.h"

#include <string.h>

/* s */
enum { SERVER_SECONDS = 90 };

static bool add_folder(void *group, const char *value)
{
	struct symbolize_arguments *a = group;

	return place_paths_add(&a->paths, value);
}

static const struct option_spec symbolize_specs[] = {
	{"output", 'o', "FILE",
	 "write to FILE (default: RECORDING itself; the old one is kept as "
	 "RECORDING.old)",
	 OPTION_TEXT(struct symbolize_arguments, output)},
	{"debug-dir", 0, "DIR",
	 "look for programs, libraries and debug files in DIR before /usr/lib/debug; DIR "
	 "has its layout, that of ~/.debug or of an archive of 'perf archive'; may be "
	 "given several times",
	 .noun = "folder", .expected = "at most 63 of them", OPTION_SETTER(add_folder)},
	{"symfs", 0, "DIR",
	 "look for all files below DIR, a copy of the root directory of the recorded "
	 "machine",
	 OPTION_TEXT(struct symbolize_arguments, paths.root)},
	{"vmlinux", 0, "FILE", "kernel of the recording, with symbols",
	 OPTION_TEXT(struct symbolize_arguments, paths.vmlinux)},
	{"kallsyms", 0, "FILE",
	 "copy of /proc/kallsyms of the recorded machine, made by root",
	 OPTION_TEXT(struct symbolize_arguments, paths.kallsyms)},
	{"force", 'f', NULL,
	 "take the files at their paths if the recording has no build ids",
	 OPTION_FLAG(struct symbolize_arguments, insists)},
	{"debuginfod", 0, "SECONDS",
	 "download missing programs and debug files from the servers in "
	 "DEBUGINFOD_URLS, for at most SECONDS in all (default 90)",
	 .is_optional = true, .if_absent = SERVER_SECONDS, .noun = "number of seconds",
	 OPTION_NUMBER(struct symbolize_arguments, server_seconds, 1, INT32_MAX)},
	{0},
};

const struct option_group symbolize_groups[] = {
	{"options", symbolize_specs, 0},
	{0},
};

_Static_assert(PLACE_FOLDERS_MAX == 63, "--debug-dir states the maximum");

int symbolize_arguments_read(struct symbolize_arguments *a, int argc, char **argv)
{
	int status = command_line_one_file(&command_symbolize, argc, argv, a, &a->input);

	if (status != COMMAND_LINE_VALID)
		return status;
	if (!a->output && strcmp(a->input, "-") == 0)
		return usage(&command_symbolize,
			     "standard input as RECORDING needs option '-o'");
	if (!a->output)
		a->output = a->input;
	return COMMAND_LINE_VALID;
}
