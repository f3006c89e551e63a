#include "base/mem.h"
#include "base/scoped.h"
#include "cli/command_line.h"
#include "cli/load_options.h"
#include "cli/message.h"
#include "cli/picture_options.h"
#include "cli/work.h"
#include "flow/input_format.h"
#include "flow/output/output_path.h"
#include "flow/output/output_write.h"

#include <string.h>

struct render_options {
	struct load_options load;
	struct output_options output_options;
	const char *output; /* as given, NULL: next to the input */
	const char *input;
	const char *path; /* of the output */
};

static const struct option_spec render_specs[] = {
	{"output", 'o', "FILE",
	 "write to FILE; '-' is standard output (default: next to the input, "
	 "before.data becomes before.svg)",
	 OPTION_TEXT(struct render_options, output)},
	{0},
};

static const struct option_group render_groups[] = {
	{"options", render_specs, 0},
	{"picture", picture_option_specs,
	 offsetof(struct render_options, output_options)},
	{"input", load_option_specs, offsetof(struct render_options, load)},
	{0},
};

/* A pipe or device is written only where the user has named it. */
static unsigned default_flags(const char *path)
{
	return strcmp(path, "-") == 0 ? 0 : OUT_REGULAR;
}

/* Runs in a sandbox. */
static int render_run(struct contained *c, void *options)
{
	scoped(input_data_release) struct input_data input;
	struct render_options *o = options;
	struct error err;

	if (input_data_load_contained(&input, c, o->input, &o->load, &err) < 0 ||
	    output_write(c, 0, output_format_named("svg"), &input, &o->output_options,
			 &err) < 0)
		return fail(&err);
	if (!o->output && strcmp(o->path, "-") != 0)
		say("wrote %s", o->path);
	return print_notes(&input);
}

static int cmd_render(int argc, char **argv)
{
	scoped(mem_release) char *path = NULL;
	struct render_options o = {.load = load_options_default()};
	int status;

	status = command_line_one_file(&command_render, argc, argv, &o, &o.input);
	if (status != COMMAND_LINE_VALID)
		return status;
	o.load.slices = PICTURE_SLICES;
	path = o.output ? mem_str(o.output, strlen(o.output))
			: output_picture_path(o.input);
	o.path = path;
	return work_run_file(render_run, &o, o.input, path,
			     o.output ? 0 : default_flags(path));
}

const struct command command_render = {
	.name = "render",
	.summary = "draw a recording or folded text as a flame graph",
	.groups = render_groups,
	.run = cmd_render,
};
