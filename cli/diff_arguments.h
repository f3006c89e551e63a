/* The command line of flame diff. */
#pragma once

#include "base/vec.h"
#include "diff/fail_on.h"
#include "flow/file_comparison.h"
#include "flow/output/output_format.h"
#include "options/option_spec.h"

/* A condition of --fail-on, with its text from the command line. */
struct diff_condition {
	struct fail_on fail_on;
	const char *text;
};

struct diff_arguments {
	struct file_comparison comparison;
	/* Of the list of functions. */
	const struct output_format *format;
	struct output_options output_options;
	/* Path of the picture, NULL: diff.svg. */
	const char *output;
	bool no_svg;
	VEC(struct diff_condition) conditions;

	/* Side of the files that follow, -1 before the first --before or --after. */
	int side;
};

/* The groups of options of flame diff. */
extern const struct option_group diff_groups[];

/* Sets the defaults. */
void diff_arguments_init(struct diff_arguments *a);
void diff_arguments_release(struct diff_arguments *a);

/* Reads the command line; every file has a side afterwards, and both sides have files.
 * Returns COMMAND_LINE_VALID or an exit status (command_line.h). */
int diff_arguments_read(struct diff_arguments *a, int argc, char **argv);
