#include "base/mem.h"
#include "base/scoped.h"
#include "cli/command_line.h"
#include "cli/message.h"
#include "cli/output.h"
#include "flow/recovery/recovery.h"

#include <inttypes.h>
#include <string.h>

struct recover_options {
	const char *input, *output;
};

static const struct option_spec recover_specs[] = {
	{"output", 'o', "FILE",
	 "write to FILE (default: RECORDING without '.part-PID'); an older FILE is kept "
	 "as FILE.old",
	 OPTION_TEXT(struct recover_options, output)},
	{0},
};

static const struct option_group recover_groups[] = {
	{"options", recover_specs, 0},
	{0},
};

static int recording_recover(const struct recover_options *o, const char *output)
{
	scoped(input_data_release) struct input_data data;
	struct recovery_result result;
	struct error err;

	input_data_init(&data);
	if (output_check_recording(output, o->input, &err) < 0 ||
	    recovery_run(o->input, output, &result, &data, &err) < 0)
		return fail(&err);
	if (result.is_whole) {
		/* Its end is missing, which is no news. */
		data.is_damaged = false;
		print_notes(&data);
		say("%s: %" PRIu64 " samples, complete", output, data.run_info.samples);
		return EXIT_DONE;
	}
	say("%s: %" PRIu64 " samples, those before the damage in '%s', which is kept",
	    output, data.run_info.samples, o->input);
	return print_notes(&data);
}

static int cmd_recover(int argc, char **argv)
{
	scoped(mem_release) char *beside = NULL;
	struct recover_options o = {0};
	int status = command_line_one_file(&command_recover, argc, argv, &o, &o.input);

	if (status != COMMAND_LINE_VALID)
		return status;
	if (strcmp(o.input, "-") == 0)
		return usage(&command_recover,
			     "RECORDING must be a file, not standard input");
	beside = recovery_output(o.input);
	return recording_recover(&o, o.output ? o.output : beside);
}

const struct command command_recover = {
	.name = "recover",
	.summary = "complete a recording whose recorder was killed",
	.groups = recover_groups,
	.run = cmd_recover,
};
