/* The command line of flame symbolize. */
#pragma once

#include "elf/search/place_paths.h"
#include "options/option_spec.h"

struct symbolize_arguments {
	const char *input, *output;
	struct place_paths paths;
	/* Files are taken that a recording identifies by their paths alone. */
	bool insists;
	/* Time limit for all downloads, 0: no servers. */
	uint32_t server_seconds;
};

/* The groups of options of flame symbolize. */
extern const struct option_group symbolize_groups[];

/* Reads the command line into a zeroed struct. Returns COMMAND_LINE_VALID or an exit
 * status (command_line.h). */
int symbolize_arguments_read(struct symbolize_arguments *a, int argc, char **argv);
