#include "base/mem.h"
#include "base/scoped.h"
#include "cli/command.h"
#include "cli/load_options.h"
#include "cli/notes.h"
#include "cli/options.h"
#include "cli/picture_options.h"
#include "flow/pipeline.h"

#include <string.h>
#include <unistd.h>

struct options {
	struct load_options load;
	struct picture_options picture;
	const char *output;
};

static int parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		LOAD_OPTIONS,
		{"output", required_argument, NULL, 'o'},
		PICTURE_OPTIONS,
		{0},
	};
	int opt;

	while ((opt = getopt_long(argc, argv, ":o:", longs, NULL)) != -1) {
		switch (opt) {
		case 'o':
			o->output = optarg;
			break;
		case PICTURE_FIRST ... PICTURE_LAST:
			if (picture_option_take(&o->picture, opt, optarg,
						&command_render))
				return EXIT_USAGE;
			break;
		case '?':
		case ':':
			return usage_getopt(&command_render, argv);
		default:
			if (load_option_take(&o->load, opt, optarg, &command_render))
				return EXIT_USAGE;
			break;
		}
	}
	if (argc - optind != 1)
		return usage(&command_render, "one FILE is wanted");
	return EXIT_DONE;
}

/* Where the picture goes when nobody said: beside its input; with input from a pipe, to
 * standard output. */
static char *default_output(const char *input)
{
	return strcmp(input, "-") == 0 ? mem_str("-", 1)
				       : path_with_extension(input, ".svg");
}

static int run(int argc, char **argv)
{
	scoped(mem_release) char *path = NULL;
	scoped(input_data_release) struct input_data profile;
	scoped(out_free) struct out *out = NULL;
	struct options o = {.load = load_options_default()};
	struct error err;
	int status;

	input_data_init(&profile);
	status = parse(argc, argv, &o);
	if (status != EXIT_DONE)
		return status;
	o.load.slices = PICTURE_SLICES;
	path = o.output ? mem_str(o.output, strlen(o.output))
			: default_output(argv[optind]);
	if (input_data_load(&profile, argv[optind], &o.load, &err) < 0)
		return fail(&err);
	out = out_open(path, 0, &err);
	if (!out)
		return fail(&err);
	picture_draw(out, &profile, &o.picture);
	if (out_commit(out, &err) < 0)
		return fail(&err);
	if (!o.output && strcmp(path, "-") != 0)
		say("wrote %s", path);
	return print_notes(&profile);
}

const struct command command_render = {
	.name = "render",
	.run = run,
	.summary = "draw a recording or folded text as a flame graph",
	.help = "usage: flame render [options] FILE [-o FILE.svg]\n"
		"\n"
		"Draws a flame graph: one SVG file that needs nothing else. Open it in a "
		"browser.\n"
		"\n"
		"FILE is a recording of flame or perf, folded text, or a picture that "
		"flame drew;\n"
		"'-' is standard input.\n"
		"\n"
		"  -o, --output FILE   write to FILE; without it, beside the input: "
		"before.data\n"
		"                      becomes before.svg; '-' is standard "
		"output\n" PICTURE_OPTIONS_HELP LOAD_OPTIONS_HELP,
};
