#include "base/scoped.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/pipeline.h"
#include "fold/folded.h"

#include <getopt.h>
#include <stdbool.h>

struct options {
	struct pipeline_options load;
	const char *output;
};

static int parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{"idle", no_argument, NULL, 'I'},
		{"output", required_argument, NULL, 'o'},
		{0},
	};
	int opt;

	while ((opt = getopt_long(argc, argv, ":o:", longs, NULL)) != -1) {
		if (opt == 'I')
			o->load.idle = true;
		else if (opt == 'o')
			o->output = optarg;
		else
			return usage_getopt(&command_fold, argv);
	}
	if (argc - optind != 1)
		return usage(&command_fold, "one FILE is wanted");
	return EXIT_DONE;
}

static int run(int argc, char **argv)
{
	struct options o = {.output = "-"};
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
	folded_write(out, &profile.profile);
	if (out_commit(out, &err) < 0)
		return fail(&err);
	return run_tell(&profile);
}

const struct command command_fold = {
	.name = "fold",
	.run = run,
	.summary = "print a recording as folded stacks",
	.help = "usage: flame fold [--idle] [-o FILE] FILE\n"
		"\n"
		"Prints one line for each stack of the recording: the process, the frames from\n"
		"the outermost on, with ';' between them, and the number of samples. Lines are\n"
		"sorted, the same recording gives the same text.\n"
		"\n"
		"FILE is a recording of flame or perf, or folded text; '-' is standard input.\n"
		"\n"
		"  -o, --output FILE   write to FILE instead of standard output\n"
		"      --idle          keep the stacks of idle CPUs, which are left out otherwise\n",
};
