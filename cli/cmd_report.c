#include "base/scoped.h"
#include "cli/command_line.h"
#include "cli/load_options.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "flow/input_format.h"

struct report_options {
	struct load_options load;
	struct output_options output_options;
};

static const struct option_spec report_specs[] = {
	{"limit", 'n', "N", "lines in each list (default 30, 0: all)",
	 .noun = "number of lines",
	 OPTION_NUMBER(struct report_options, output_options.table.limit, 0, 0)},
	{0},
};

static const struct option_group report_groups[] = {
	{"options", report_specs, 0},
	{"input", load_option_specs, offsetof(struct report_options, load)},
	{0},
};

static int cmd_report(int argc, char **argv)
{
	struct report_options o = {.output_options.table = {.limit = 30,
							    .both = true,
							    .width = terminal_width()},
				   .load = load_options_default()};
	scoped(destination_release) struct destination to = {0};
	scoped(input_data_release) struct input_data input;
	const char *file;
	struct error err;
	int status;

	input_data_init(&input);
	status = command_line_one_file(&command_report, argc, argv, &o, &file);
	if (status != COMMAND_LINE_VALID)
		return status;
	if (output_open(&to, "-", 0, &err) < 0 ||
	    output_check_input(&to, file, &err) < 0 ||
	    input_data_load(&input, file, &o.load, &err) < 0 ||
	    output_write(&to, output_format_named("table"), &input, &o.output_options,
			 &err) < 0)
		return fail(&err);
	return print_notes(&input);
}

const struct command command_report = {
	.name = "report",
	.summary = "print the hottest functions",
	.groups = report_groups,
	.run = cmd_report,
};
