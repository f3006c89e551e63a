#include "base/parse.h"
#include "base/scoped.h"
#include "cli/command.h"
#include "cli/notes.h"
#include "cli/options.h"
#include "elf/debuginfod.h"
#include "flow/formats.h"
#include "flow/loader.h"
#include "record/data/amend.h"
#include "record/data/recording.h"

#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SERVERS_TIME = 90 }; /* s */

struct options {
	const char *input, *output;
	const char *debug_dir; /* as it was given, NULL: none */
	uint64_t servers_time; /* s, 0: none are asked */
};

static int parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{"debug-dir", required_argument, NULL, 'd'},
		{"debuginfod", optional_argument, NULL, 'D'},
		{"output", required_argument, NULL, 'o'},
		{0},
	};
	int opt;

	while ((opt = getopt_long(argc, argv, ":o:", longs, NULL)) != -1) {
		if (opt == 'o') {
			o->output = optarg;
			continue;
		}
		if (opt == 'd') {
			o->debug_dir = optarg;
			continue;
		}
		if (opt != 'D')
			return usage_getopt(&command_symbolize, argv);
		o->servers_time = SERVERS_TIME;
		if (optarg && (!parse_u64(optarg, &o->servers_time) || !o->servers_time ||
			       o->servers_time > INT32_MAX))
			return usage(&command_symbolize, "'%s' is no number of seconds",
				     optarg);
	}
	if (argc - optind != 1)
		return usage(&command_symbolize, "one FILE is wanted");
	o->input = argv[optind];
	if (!o->output && strcmp(o->input, "-") == 0)
		return usage(&command_symbolize,
			     "where to, if FILE is standard input? (-o)");
	if (!o->output)
		o->output = o->input;
	return EXIT_DONE;
}

static int write_amended(const struct input_data *run, const char *path,
			 const char *output, struct error *err)
{
	scoped(recording_close) struct recording *recording = recording_open(path, err);
	scoped(out_free) struct out *out = NULL;
	const void *data;
	size_t size;

	if (!recording)
		return -1;
	out = out_open(output, OUT_KEEP_OLD | OUT_PRIVATE, err);
	if (!out)
		return -1;
	if (!out_can_patch(out))
		return error_set(
			err, "'%s' is not a regular file: a recording cannot go there",
			output);
	data = recording_bytes(recording, &size);
	if (amend_names(out, data, size, &run->run_info, &run->dsos, err) < 0)
		return -1;
	return out_commit(out, err);
}

static void show_download(void *unused, uint64_t got, uint64_t all)
{
	(void)unused;
	if (all)
		fprintf(stderr, "\rflame: debuginfod: %" PRIu64 " of %" PRIu64 " KB   ",
			got / 1024, all / 1024);
	else
		fprintf(stderr, "\rflame: debuginfod: asking ...          ");
}

static int ask_servers(struct debuginfod **servers, const struct options *o,
		       struct error *err)
{
	const char *urls = getenv("DEBUGINFOD_URLS");

	if (!o->servers_time)
		return 0;
	if (!urls || !*urls)
		return error_set(err, "DEBUGINFOD_URLS names no debuginfod server");
	*servers =
		debuginfod_new((unsigned)o->servers_time,
			       isatty(STDERR_FILENO) ? show_download : NULL, NULL, err);
	return *servers ? 0 : -1;
}

/* All samples are looked up, whatever their event, those of idle CPUs too. */
static int symbolize(struct input_data *run, const struct options *o, struct error *err)
{
	scoped(debuginfod_free) struct debuginfod *servers = NULL;
	struct load_options load = {.completes = true,
				    .inlines = true,
				    .lines = true,
				    .selection.event = "all"};
	scoped(input_release) struct input in;
	char debug_folder[PATH_MAX];

	if (input_open(&in, o->input, err) < 0)
		return -1;
	if (in.format != INPUT_RECORDING)
		return error_set(err, "'%s' is no recording", in.name);
	if (o->debug_dir && !(load.debug_folder = realpath(o->debug_dir, debug_folder)))
		return error_sys(err, "cannot open '%s'", o->debug_dir);
	if (ask_servers(&servers, o, err) < 0)
		return -1;
	load.servers = servers;
	if (load_recording(run, in.path, &load, err) < 0)
		return -1;
	if (servers && isatty(STDERR_FILENO))
		fputc('\n', stderr);
	if (run->is_damaged)
		*err = run->damage;
	else if (run->lacks_facts)
		error_set(err, "%s", run->notes.items[0]);
	if (run->is_damaged || run->lacks_facts)
		return error_while(err, "'%s' stays as it is", in.name);
	if (write_amended(run, in.path, o->output, err) < 0)
		return error_while(err, "cannot put names into '%s'", in.name);
	return 0;
}

static int run(int argc, char **argv)
{
	scoped(input_data_release) struct input_data run;
	struct options o = {0};
	struct error err;
	int status;

	input_data_init(&run);
	status = parse(argc, argv, &o);
	if (status != EXIT_DONE)
		return status;
	if (symbolize(&run, &o, &err) < 0)
		return fail(&err);
	return print_notes(&run);
}

const struct command command_symbolize = {
	.name = "symbolize",
	.run = run,
	.summary = "put the names that this machine knows into a recording",
	.help = "usage: flame symbolize [-o FILE] [--debug-dir DIR] "
		"[--debuginfod[=SECONDS]]\n"
		"                       RECORDING\n"
		"\n"
		"Looks up once more what the samples of a recording hit: in the "
		"programs, "
		"libraries\n"
		"and debug files of this machine, the kernel's (vmlinux) too, if they "
		"are "
		"the very\n"
		"ones that ran (by build id, or device and inode). The names found are "
		"put into the\n"
		"recording, beside those that it has. A recording of perf, which has "
		"none, can be\n"
		"taken to another machine then; perf itself does not see the "
		"difference.\n"
		"\n"
		"      --debug-dir DIR look for debug files in DIR before "
		"/usr/lib/debug: "
		"it is laid\n"
		"                      out like that one\n"
		"      --debuginfod[=SECONDS]\n"
		"                      ask the servers in DEBUGINFOD_URLS for programs "
		"and "
		"debug\n"
		"                      files that are not here, for at most SECONDS in "
		"all "
		"(90)\n"
		"  -o, --output FILE   where to (default: RECORDING itself; the older "
		"one "
		"is kept\n"
		"                      as RECORDING.old)\n",
};
