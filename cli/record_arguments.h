/* The command line of flame record. */
#pragma once

#include "cli/picture_options.h"
#include "flow/output/output_format.h"
#include "flow/session.h"

struct record_arguments {
	struct target target;
	struct session_options session;
	struct output_options output_options;
	bool no_svg;
	bool no_command_line;
};

/* The groups of options of flame record. */
extern const struct option_group record_groups[];

/* Sets the defaults. target_release() ends the target. */
void record_arguments_init(struct record_arguments *a);

/* Reads the command line. Returns COMMAND_LINE_VALID or an exit status
 * (command_line.h). */
int record_arguments_read(struct record_arguments *a, int argc, char **argv);
