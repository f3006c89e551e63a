#include "base/scoped.h"
#include "cli/command.h"
#include "cli/load_options.h"
#include "cli/notes.h"
#include "cli/options.h"
#include "flow/pipeline.h"
#include "fold/folded.h"
#include "fold/prune.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum unit { UNIT_DEFAULT, UNIT_SAMPLES, UNIT_TIME, UNIT_EVENTS };

struct options {
	struct load_options load;
	struct folded_options folded;
	enum unit unit;
	double prune; /* %, 0: nothing */
	const char *output;
};

static int parse_unit(struct options *o, const char *name)
{
	static const char *const names[] = {[UNIT_SAMPLES] = "samples",
					    [UNIT_TIME] = "time",
					    [UNIT_EVENTS] = "events"};

	for (int i = UNIT_SAMPLES; i <= UNIT_EVENTS; i++)
		if (strcmp(names[i], name) == 0)
			o->unit = (enum unit)i;
	return o->unit ? EXIT_DONE
		       : usage(&command_fold,
			       "a unit is samples, time or events, not '%s'", name);
}

static int parse_prune(struct options *o, const char *text)
{
	char *end;

	o->prune = strtod(text, &end);
	if (end == text || *end || !(o->prune >= 0 && o->prune <= 100))
		return usage(&command_fold, "'%s' is no percentage", text);
	return EXIT_DONE;
}

static int parse_option(int opt, char **argv, struct options *o)
{
	switch (opt) {
	case 'o':
		o->output = optarg;
		return EXIT_DONE;
	case 'K':
		o->folded.kernel = true;
		return EXIT_DONE;
	case 'J':
		o->folded.jit = true;
		return EXIT_DONE;
	case 'A':
		o->folded.kernel = o->folded.jit = true;
		return EXIT_DONE;
	case 'P':
		return parse_prune(o, optarg);
	case 'U':
		return parse_unit(o, optarg);
	case '?':
	case ':':
		return usage_getopt(&command_fold, argv);
	default:
		return load_option_take(&o->load, opt, optarg, &command_fold);
	}
}

static int parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		LOAD_OPTIONS,
		{"all", no_argument, NULL, 'A'},
		{"jit", no_argument, NULL, 'J'},
		{"kernel", no_argument, NULL, 'K'},
		{"output", required_argument, NULL, 'o'},
		{"prune", required_argument, NULL, 'P'},
		{"unit", required_argument, NULL, 'U'},
		{0},
	};
	int opt, status;

	while ((opt = getopt_long(argc, argv, ":o:", longs, NULL)) != -1) {
		status = parse_option(opt, argv, o);
		if (status != EXIT_DONE)
			return status;
	}
	if (argc - optind != 1)
		return usage(&command_fold, "one FILE is wanted");
	return EXIT_DONE;
}

/* Text has none, nor has a picture of text. */
static bool has_weights(const struct input_data *run)
{
	const struct profile_node *node;

	if (run->format != INPUT_PICTURE)
		return run->format != INPUT_FOLDED;
	vec_each(node, &run->profile.nodes)
		if (node->weight)
			return true;
	return false;
}

/* Whether weights are written. What perf script printed is folded as stackcollapse-perf.pl does:
 * by period. */
static int choose_unit(struct options *o, const struct input_data *run, struct error *err)
{
	if (o->unit == UNIT_DEFAULT)
		o->unit = run->format == INPUT_PERF_SCRIPT ? UNIT_EVENTS : UNIT_SAMPLES;
	o->folded.weights = o->unit != UNIT_SAMPLES;
	if (o->unit == UNIT_SAMPLES)
		return 0;
	if (!has_weights(run))
		return error_set(err, "%s has numbers of samples alone",
				 run->format == INPUT_PICTURE ? "this picture"
							      : "folded text");
	if (o->unit == UNIT_TIME && !run->run_info.weight_is_time)
		return error_set(err, "%s does not count time (--unit events)",
				 run->run_info.event ? run->run_info.event : "the event");
	if (o->load.selection.event && strcmp(o->load.selection.event, "all") == 0)
		return error_set(err, "different events add up as samples alone");
	return 0;
}

static int run(int argc, char **argv)
{
	struct options o = {.output = "-", .load = load_options_default()};
	scoped(input_data_release) struct input_data profile;
	scoped(out_free) struct out *out = NULL;
	struct error err;
	int status;

	input_data_init(&profile);
	status = parse(argc, argv, &o);
	if (status != EXIT_DONE)
		return status;
	if (input_data_load(&profile, argv[optind], &o.load, &err) < 0 ||
	    choose_unit(&o, &profile, &err) < 0)
		return fail(&err);
	out = out_open(o.output, 0, &err);
	if (!out)
		return fail(&err);
	if (o.prune > 0)
		prune(&profile.profile, o.prune);
	folded_write(out, &profile.profile, &o.folded);
	if (out_commit(out, &err) < 0)
		return fail(&err);
	return print_notes(&profile);
}

const struct command command_fold = {
	.name = "fold",
	.run = run,
	.summary = "print a recording as folded stacks",
	.help = "usage: flame fold [options] FILE\n"
		"\n"
		"Prints one line for each stack of the recording: the process, the "
		"frames from\n"
		"the outermost on, with ';' between them, and the number of samples. "
		"Lines are\n"
		"sorted, the same recording gives the same text.\n"
		"\n"
		"FILE is a recording of flame or perf, what 'perf script' printed, "
		"folded\n"
		"text, or a picture that flame drew; '-' is standard input.\n"
		"\n"
		"  -o, --output FILE   write to FILE instead of standard output\n"
		"      --kernel        mark frames of the kernel with _[k]\n"
		"      --jit           mark frames of just-in-time compilers with _[j]\n"
		"      --all           both of these; inlined frames always have _[i]\n"
		"      --unit UNIT     samples (default), time (ns), or events: what the "
		"samples\n"
		"                      stand for (default for what 'perf script' "
		"printed)\n"
		"      --prune PCT     cut off what has less than PCT % of all samples; "
		"they\n"
		"                      count for its caller\n" LOAD_OPTIONS_HELP,
};
