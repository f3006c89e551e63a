#include "base/parse.h"
#include "base/scoped.h"
#include "cli/command_line.h"
#include "cli/load_options.h"
#include "cli/message.h"
#include "cli/work.h"
#include "flow/input_format.h"
#include "flow/output/output_path.h"
#include "flow/output/output_write.h"
#include "fold/prune.h"

#include <stdbool.h>
#include <string.h>

enum unit { UNIT_SAMPLES, UNIT_TIME, UNIT_EVENTS, UNIT_DEFAULT };

struct fold_options {
	struct load_options load;
	struct output_options output_options;
	enum unit unit;
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

static bool set_prune(void *group, const char *value)
{
	struct fold_options *o = group;

	return parse_decimal(value, &o->prune) && o->prune <= 100;
}

static const char *const units[] = {
	[UNIT_SAMPLES] = "samples", [UNIT_TIME] = "time", [UNIT_EVENTS] = "events", NULL};

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
	 .noun = "percentage", .expected = "0 to 100", OPTION_SETTER(set_prune)},
	{0},
};

static const struct option_group fold_groups[] = {
	{"options", fold_specs, 0},
	{"input", load_option_specs, offsetof(struct fold_options, load)},
	{0},
};

/* The default is the number of samples, but perf script text is folded as
 * stackcollapse-perf.pl does, by period. */
static int choose_unit(struct fold_options *o, const struct input_data *input,
		       struct error *err)
{
	const char *event = o->load.selection.event;

	if (o->unit == UNIT_DEFAULT)
		o->unit = input->format->folds_weights && input->has_weights
				  ? UNIT_EVENTS
				  : UNIT_SAMPLES;
	o->output_options.text.weights = o->unit != UNIT_SAMPLES;
	if (o->unit == UNIT_SAMPLES)
		return 0;
	if (!input->has_weights)
		return error_set(err,
				 "the %s has only numbers of samples (--unit samples)",
				 input->format->noun);
	if (o->unit == UNIT_TIME && !input->run_info.weight_is_time)
		return error_set(err, "%s does not count time (--unit events)",
				 input->run_info.event ? input->run_info.event
						       : "the event");
	if (event && strcmp(event, "all") == 0)
		return error_set(
			err, "different events can only be added with --unit samples");
	return 0;
}

/* Runs in a sandbox. */
static int fold_run(struct contained *c, void *options)
{
	scoped(input_data_release) struct input_data input;
	struct fold_options *o = options;
	struct error err;

	input_data_init(&input);
	o->load.marks = contained_marks(c);
	o->load.slow = contained_slow_files(c);
	if (input_data_load(&input, o->input, &o->load, &err) < 0 ||
	    choose_unit(o, &input, &err) < 0)
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
		.output = "-", .load = load_options_default(), .unit = UNIT_DEFAULT};
	scoped(destination_release) struct destination to = {0};
	struct destination *const outputs[] = {&to};
	const struct contained_work work = {.run = fold_run,
					    .data = &o,
					    .files = {.inputs = &o.input, .n_inputs = 1},
					    .outputs = outputs,
					    .n_outputs = 1};
	struct error err;
	int status;

	status = command_line_one_file(&command_fold, argc, argv, &o, &o.input);
	if (status != COMMAND_LINE_VALID)
		return status;
	if (output_open(&to, o.output, 0, &err) < 0 ||
	    output_check_input(&to, o.input, &err) < 0)
		return fail(&err);
	return work_run(&work);
}

const struct command command_fold = {
	.name = "fold",
	.summary = "print a recording as folded stacks",
	.groups = fold_groups,
	.run = cmd_fold,
};
