#include "base/fd.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "cli/command_line.h"
#include "cli/message.h"
#include "cli/work.h"
#include "flow/output/output_path.h"
#include "flow/recovery/recovery.h"

#include <inttypes.h>
#include <string.h>

struct recover_options {
	const char *input, *output;
	bool is_copied; /* all samples are in the output */
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

enum recover_request { REQUEST_REMOVE_PART };

/* Outside: the copy has all samples. */
static int recover_serve(void *options, uint32_t request, struct error *err)
{
	struct recover_options *o = options;

	if (request != REQUEST_REMOVE_PART)
		return error_set(err, "no such request");
	o->is_copied = true;
	return 0;
}

/* Runs in a sandbox. */
static int recover_run(struct contained *c, void *options)
{
	scoped(input_data_release) struct input_data data;
	const struct recover_options *o = options;
	bool is_whole;
	struct error err;

	input_data_init(&data);
	if (recovery_run(c, o->input, &is_whole, &data, &err) < 0 ||
	    (is_whole && contained_request(c, REQUEST_REMOVE_PART, &err) < 0))
		return fail(&err);
	if (is_whole) {
		/* Its end is missing, which is no news. */
		data.is_damaged = false;
		print_notes(&data);
		say("%s: %" PRIu64 " samples, complete", o->output,
		    data.run_info.samples);
		return EXIT_DONE;
	}
	say("%s: %" PRIu64 " samples, those before the damage in '%s', which is kept",
	    o->output, data.run_info.samples, o->input);
	return print_notes(&data);
}

static int recording_recover(struct recover_options *o)
{
	scoped(destination_release) struct destination to = {0};
	struct destination *const outputs[] = {&to};
	const struct contained_work work = {.run = recover_run,
					    .serve = recover_serve,
					    .data = o,
					    .files = {.inputs = &o->input, .n_inputs = 1},
					    .outputs = outputs,
					    .n_outputs = 1,
					    .syncs = true};
	scoped(fd_close) int lock = -1;
	struct error err;
	int status;

	if (output_check_recording(o->output, o->input, &err) < 0 ||
	    (lock = recovery_lock(o->input, &err)) < 0 ||
	    destination_open(&to, o->output, OUT_KEEP_OLD | OUT_PRIVATE | OUT_REGULAR,
			     &err) < 0)
		return fail(&err);
	status = work_run(&work);
	if (status == EXIT_DONE && o->is_copied)
		recovery_remove_part(lock, o->input);
	return status;
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
	if (!o.output)
		o.output = beside;
	return recording_recover(&o);
}

const struct command command_recover = {
	.name = "recover",
	.summary = "complete a recording whose recorder was killed",
	.groups = recover_groups,
	.run = cmd_recover,
};
