#include "base/scoped.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/pipeline.h"
#include "fold/folded.h"

#include <getopt.h>
#include <stdbool.h>
#include <string.h>

struct options {
	struct pipeline_options load;
	struct folded_options folded;
	enum { UNIT_DEFAULT, UNIT_SAMPLES, UNIT_WEIGHTS } unit;
	const char *output;
};

static int parse_unit(struct options *o, const char *name)
{
	if (strcmp(name, "samples") == 0)
		o->unit = UNIT_SAMPLES;
	else if (strcmp(name, "events") == 0)
		o->unit = UNIT_WEIGHTS;
	else
		return usage(&command_fold, "a unit is 'samples' or 'events', not '%s'",
			     name);
	return EXIT_DONE;
}

static int parse_option(int opt, char **argv, struct options *o)
{
	switch (opt) {
	case 'I':
		o->load.idle = true;
		return EXIT_DONE;
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
		o->load.perf_script.pid = true;
		return EXIT_DONE;
	case 'T':
		o->load.perf_script.tid = true;
		return EXIT_DONE;
	case 'X':
		o->load.perf_script.addrs = true;
		return EXIT_DONE;
	case 'E':
		o->load.perf_script.event = optarg;
		return EXIT_DONE;
	case 'C':
		o->load.perf_script.exact = true;
		return EXIT_DONE;
	case 'U':
		return parse_unit(o, optarg);
	case 'F':
		o->load.from = input_format_named(optarg);
		if (o->load.from == INPUT_UNKNOWN)
			return usage(&command_fold, "there is no format '%s'", optarg);
		return EXIT_DONE;
	default:
		return usage_getopt(&command_fold, argv);
	}
}

static int parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{"addrs", no_argument, NULL, 'X'},
		{"all", no_argument, NULL, 'A'},
		{"exact", no_argument, NULL, 'C'},
		{"event-filter", required_argument, NULL, 'E'},
		{"from", required_argument, NULL, 'F'},
		{"idle", no_argument, NULL, 'I'},
		{"jit", no_argument, NULL, 'J'},
		{"kernel", no_argument, NULL, 'K'},
		{"output", required_argument, NULL, 'o'},
		{"pid", no_argument, NULL, 'P'},
		{"tid", no_argument, NULL, 'T'},
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

static int run(int argc, char **argv)
{
	struct options o = {.output = "-", .load.from = INPUT_UNKNOWN};
	scoped(run_release) struct run profile;
	scoped(out_free) struct out *out = NULL;
	struct error err;
	int status;

	run_init(&profile);
	status = parse(argc, argv, &o);
	if (status != EXIT_DONE)
		return status;
	if (run_load(&profile, argv[optind], &o.load, &err) < 0)
		return fail(&err);
	out = out_open(o.output, 0, &err);
	if (!out)
		return fail(&err);
	/* What perf script printed is folded as stackcollapse-perf.pl does: by period. */
	o.folded.weights =
		o.unit == UNIT_WEIGHTS ||
		(o.unit == UNIT_DEFAULT && profile.format == INPUT_PERF_SCRIPT);
	folded_write(out, &profile.profile, &o.folded);
	if (out_commit(out, &err) < 0)
		return fail(&err);
	return run_tell(&profile);
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
		"FILE is a recording of flame or perf, what 'perf script' printed, or "
		"folded\n"
		"text; '-' is standard input.\n"
		"\n"
		"  -o, --output FILE   write to FILE instead of standard output\n"
		"      --idle          keep the stacks of idle CPUs, which are left out "
		"otherwise\n"
		"      --kernel        mark frames of the kernel with _[k]\n"
		"      --jit           mark frames of just-in-time compilers with _[j]\n"
		"      --all           both of these\n"
		"      --unit UNIT     samples (default), or events: what the samples "
		"stand for,\n"
		"                      ns for a clock (default for what 'perf script' "
		"printed)\n"
		"      --from FORMAT   what FILE is, where its looks deceive: "
		"recording,\n"
		"                      perf-script, folded\n"
		"\n"
		"for what 'perf script' printed:\n"
		"      --pid, --tid    put the pid, or pid and tid, behind the process's "
		"name\n"
		"      --addrs         show the address of frames without a name\n"
		"      --event-filter EVENT\n"
		"                      only samples of EVENT (default: the first one "
		"met)\n"
		"      --exact         to the letter as stackcollapse-perf.pl: drop a "
		"last sample\n"
		"                      without an end, leave half-demangled Rust as it "
		"is\n",
};
