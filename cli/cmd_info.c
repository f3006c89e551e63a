#include "base/scoped.h"
#include "cli/command_line.h"
#include "cli/message.h"
#include "cli/work.h"
#include "flow/contents/contents.h"
#include "flow/input_format.h"
#include "flow/output/output_path.h"

#include <string.h>
#include <sys/stat.h>

struct info_options {
	struct load_options load;
	void (*write)(struct out *o, const struct info *info);
	const char *input;
	uint64_t size; /* bytes; 0: unknown */
};

static bool set_format(void *group, const char *value)
{
	struct info_options *o = group;

	o->write = strcmp(value, "text") == 0	? info_write_text
		   : strcmp(value, "json") == 0 ? info_write_json
						: NULL;
	return o->write;
}

static bool set_input_format(void *group, const char *value)
{
	struct info_options *o = group;

	return input_format_choose(&o->load, value);
}

static const struct option_spec info_specs[] = {
	{"format", 0, "FORMAT", "text (default), or json", .noun = "format",
	 .expected = "text or json", OPTION_SETTER(set_format)},
	{"from", 0, "FORMAT",
	 "format of FILE, if it is guessed wrong: recording, perf-script, folded, "
	 "picture",
	 .noun = "format", .expected = "recording, perf-script, folded or picture",
	 OPTION_SETTER(set_input_format)},
	{0},
};

static const struct option_group info_groups[] = {
	{"options", info_specs, 0},
	{0},
};

/* Runs in a sandbox. */
static int info_run(struct contained *c, void *options)
{
	scoped(input_data_release) struct input_data input;
	scoped(info_release) struct info info = {0};
	scoped(out_free) struct out *out = NULL;
	struct info_options *o = options;
	struct error err;

	if (input_data_load_contained(&input, c, o->input, &o->load, &err) < 0)
		return fail(&err);
	contents_gather(&info, &input, o->input, o->size);
	out = contained_create(c, 0, &input.readers, &err);
	if (!out)
		return fail(&err);
	o->write(out, &info);
	if (contained_publish(c, 0, out, &err) < 0)
		return fail(&err);
	return print_notes(&input);
}

/* Returns 0 for anything but a file. */
static uint64_t size_of(const char *path)
{
	struct stat st;

	if (strcmp(path, "-") == 0 || stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	return (uint64_t)st.st_size;
}

static int cmd_info(int argc, char **argv)
{
	struct info_options o = {.write = info_write_text,
				 .load = load_options_default()};
	struct error err;
	int status;

	status = command_line_one_file(&command_info, argc, argv, &o, &o.input);
	if (status != COMMAND_LINE_VALID)
		return status;
	/* Files are looked for, but not their lines. */
	o.load.completes = true;
	o.load.inlines = false;
	o.load.traces = true;
	if (path_check_answers(o.input, &err) < 0)
		return fail(&err);
	o.size = size_of(o.input);
	return work_run_file(info_run, &o, o.input, "-", 0);
}

const struct command command_info = {
	.name = "info",
	.summary = "print what is in a recording or another input",
	.groups = info_groups,
	.run = cmd_info,
};
