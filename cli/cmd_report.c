#include "base/scoped.h"
#include "cli/command_line.h"
#include "cli/load_options.h"
#include "cli/message.h"
#include "cli/work.h"
#include "flow/input_format.h"
#include "flow/output/output_write.h"
#include "options/terminal.h"

#include <stdint.h>

enum { TABLE_LINES = 30 };

struct report_options {
	struct load_options load;
	const struct output_format *format;
	struct output_options output_options;
	const char *input;
};

/* Formats of functions; pictures and stacks have commands of their own. */
static bool set_format(void *group, const char *value)
{
	struct report_options *o = group;

	o->format = output_format_named(value);
	return o->format && o->format->write && o->format->write_comparison &&
	       o->format->kind != OUTPUT_PICTURE;
}

static const struct option_spec report_specs[] = {
	{"limit", 'n', "N", "lines in each list (default 30, 0: all; csv: all)",
	 .noun = "number of lines",
	 OPTION_NUMBER(struct report_options, output_options.table.limit, 0, 0)},
	{"format", 0, "FORMAT",
	 "table (default), or csv: name, object, self and total of each function",
	 .noun = "format", .expected = "table or csv", OPTION_SETTER(set_format)},
	{"csv-safe", 0, NULL,
	 "csv for spreadsheets: a name that begins like a formula gets a ' before it",
	 OPTION_FLAG(struct report_options, output_options.table.csv_safe)},
	{0},
};

static const struct option_group report_groups[] = {
	{"options", report_specs, 0},
	{"input", load_option_specs, offsetof(struct report_options, load)},
	{0},
};

/* Runs in a sandbox. */
static int report_run(struct contained *c, void *options)
{
	scoped(input_data_release) struct input_data input;
	struct report_options *o = options;
	struct error err;

	if (input_data_load_contained(&input, c, o->input, &o->load, &err) < 0 ||
	    output_write(c, 0, o->format, &input, &o->output_options, &err) < 0)
		return fail(&err);
	return print_notes(&input);
}

static int cmd_report(int argc, char **argv)
{
	struct report_options o = {.output_options.table = {.limit = SIZE_MAX,
							    .both = true,
							    .width = terminal_width()},
				   .format = output_format_named("table"),
				   .load = load_options_default()};
	int status;

	status = command_line_one_file(&command_report, argc, argv, &o, &o.input);
	if (status != COMMAND_LINE_VALID)
		return status;
	if (o.output_options.table.limit == SIZE_MAX)
		o.output_options.table.limit =
			o.format->kind == OUTPUT_DATA ? 0 : TABLE_LINES;
	return work_run_file(report_run, &o, o.input, "-", 0);
}

const struct command command_report = {
	.name = "report",
	.summary = "print the hottest functions",
	.groups = report_groups,
	.run = cmd_report,
};
