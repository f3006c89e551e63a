#include "base/parse.h"
#include "base/scoped.h"
#include "cli/command.h"
#include "cli/load_options.h"
#include "cli/notes.h"
#include "cli/options.h"
#include "flow/pipeline.h"
#include "render/table.h"

struct options {
	struct load_options load;
	struct table_options table;
};

static int parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		LOAD_OPTIONS,
		{"limit", required_argument, NULL, 'n'},
		{0},
	};
	uint64_t limit;
	int opt;

	while ((opt = getopt_long(argc, argv, ":n:", longs, NULL)) != -1) {
		switch (opt) {
		case 'n':
			if (!parse_u64(optarg, &limit))
				return usage(&command_report,
					     "'%s' is no number of lines", optarg);
			o->table.limit = limit;
			break;
		case '?':
		case ':':
			return usage_getopt(&command_report, argv);
		default:
			if (load_option_take(&o->load, opt, optarg, &command_report))
				return EXIT_USAGE;
			break;
		}
	}
	if (argc - optind != 1)
		return usage(&command_report, "one FILE is wanted");
	return EXIT_DONE;
}

static int run(int argc, char **argv)
{
	struct options o = {
		.table = {.limit = 30, .both = true, .width = terminal_width()},
		.load = load_options_default()};
	scoped(input_data_release) struct input_data profile;
	scoped(out_free) struct out *out = NULL;
	struct error err;
	int status;

	input_data_init(&profile);
	status = parse(argc, argv, &o);
	if (status != EXIT_DONE)
		return status;
	if (input_data_load(&profile, argv[optind], &o.load, &err) < 0)
		return fail(&err);
	out = out_open("-", 0, &err);
	table_write(out, &profile.profile, &profile.run_info, &o.table);
	if (out_commit(out, &err) < 0)
		return fail(&err);
	return print_notes(&profile);
}

const struct command command_report = {
	.name = "report",
	.run = run,
	.summary = "print the hottest functions",
	.help = "usage: flame report [options] FILE\n"
		"\n"
		"Prints the functions that used most CPU, by self (what a function did "
		"itself)\n"
		"and by total (with all that it called).\n"
		"\n"
		"FILE is a recording of flame or perf, folded text, or a picture that "
		"flame drew;\n"
		"'-' is standard input.\n"
		"\n"
		"  -n, --limit N       lines in each list (default 30, 0: "
		"all)\n" LOAD_OPTIONS_HELP,
};
