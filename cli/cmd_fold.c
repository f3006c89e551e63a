#include "base/scoped.h"
#include "cli/command_line.h"
#include "cli/load_options.h"
#include "cli/message.h"
#include "cli/work.h"
#include "flow/input_format.h"
#include "flow/output/folded_unit.h"
#include "flow/output/output_write.h"
#include "fold/prune.h"

#include <stdbool.h>
#include <string.h>

struct fold_options {
	struct load_options load;
	struct output_options output_options;
	enum folded_unit unit;
	/* Per cent of all samples, 0: nothing is pruned. */
	double prune;
	const char *output;
	const char *input;
};

static bool set_all(void *group, const char *value)
{
	struct fold_options *o = group;

	(void)value;
	o->output_options.text.kernel = o->output_options.text.jit = true;
	return true;
}

static const char *const units[] = {[FOLDED_SAMPLES] = "samples",
				    [FOLDED_TIME] = "time",
				    [FOLDED_EVENTS] = "events",
				    NULL};

static const struct option_spec fold_specs[] = {
	{"output", 'o', "FILE", "write to FILE instead of standard output",
	 OPTION_TEXT(struct fold_options, output)},
	{"kernel", 0, NULL, "mark frames of the kernel with _[k]",
	 OPTION_FLAG(struct fold_options, output_options.text.kernel)},
	{"jit", 0, NULL, "mark frames of JIT code with _[j]",
	 OPTION_FLAG(struct fold_options, output_options.text.jit)},
	{"all", 0, NULL, "both of these; inlined frames always have _[i]",
	 OPTION_SETTER(set_all)},
	{"unit", 0, "UNIT",
	 "samples (default), time (ns), or events: the number of events that the "
	 "samples stand for (default for perf script text)",
	 OPTION_WORD(struct fold_options, unit, units)},
	{"prune", 0, "PCT",
	 "drop frames below PCT % of all samples; their samples go to the caller",
	 .noun = "percentage", .expected = "0 to 100",
	 OPTION_DECIMAL(struct fold_options, prune, 0, 100)},
	{0},
};

static const struct option_group fold_groups[] = {
	{"options", fold_specs, 0},
	{"input", load_option_specs, offsetof(struct fold_options, load)},
	{0},
};

/* Runs in a sandbox. */
static int fold_run(struct contained *c, void *options)
{
	scoped(input_data_release) struct input_data input;
	struct fold_options *o = options;
	struct error err;

	if (input_data_load_contained(&input, c, o->input, &o->load, &err) < 0 ||
	    folded_unit_choose(&o->output_options.text, o->unit, &input,
			       o->load.selection.event, &err) < 0)
		return fail(&err);
	if (o->prune > 0)
		prune(&input.profile, o->prune);
	if (output_write(c, 0, output_format_named("folded"), &input, &o->output_options,
			 &err) < 0)
		return fail(&err);
	return print_notes(&input);
}

static int cmd_fold(int argc, char **argv)
{
	struct fold_options o = {
		.output = "-", .load = load_options_default(), .unit = FOLDED_DEFAULT};
	int status;

	status = command_line_one_file(&command_fold, argc, argv, &o, &o.input);
	if (status != COMMAND_LINE_VALID)
		return status;
	return work_run_file(fold_run, &o, o.input, o.output, 0);
}

const struct command command_fold = {
	.name = "fold",
	.summary = "print a recording as folded stacks",
	.groups = fold_groups,
	.run = cmd_fold,
};
