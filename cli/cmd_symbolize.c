#include "base/scoped.h"
#include "cli/command_line.h"
#include "cli/message.h"
#include "elf/debuginfod.h"
#include "flow/input_format.h"
#include "flow/loader.h"
#include "record/data/amend.h"
#include "record/data/recording.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* s */
enum { SERVER_SECONDS = 90 };

struct symbolize_options {
	const char *input, *output;
	/* As given, NULL: none. */
	const char *debug_dir;
	/* Time limit for all downloads, 0: no servers. */
	uint32_t server_seconds;
};

static const struct option_spec symbolize_specs[] = {
	{"output", 'o', "FILE",
	 "write to FILE (default: RECORDING itself; the old one is kept as "
	 "RECORDING.old)",
	 OPTION_TEXT(struct symbolize_options, output)},
	{"debug-dir", 0, "DIR",
	 "look for debug files in DIR before /usr/lib/debug; DIR has the same layout",
	 OPTION_TEXT(struct symbolize_options, debug_dir)},
	{"debuginfod", 0, "SECONDS",
	 "download missing programs and debug files from the servers in DEBUGINFOD_URLS, "
	 "for "
	 "at most SECONDS in all (default 90)",
	 .is_optional = true, .if_absent = SERVER_SECONDS, .noun = "number of seconds",
	 OPTION_NUMBER(struct symbolize_options, server_seconds, 1, INT32_MAX)},
	{0},
};

static const struct option_group symbolize_groups[] = {
	{"options", symbolize_specs, 0},
	{0},
};

static int read_command_line(struct symbolize_options *o, int argc, char **argv)
{
	int status = command_line_one_file(&command_symbolize, argc, argv, o, &o->input);

	if (status != COMMAND_LINE_VALID)
		return status;
	if (!o->output && strcmp(o->input, "-") == 0)
		return usage(&command_symbolize,
			     "standard input as RECORDING needs option '-o'");
	if (!o->output)
		o->output = o->input;
	return COMMAND_LINE_VALID;
}

static int write_amended(const struct input_data *data, const char *path,
			 const char *output, struct error *err)
{
	scoped(recording_close) struct recording *recording = recording_open(path, err);
	scoped(out_free) struct out *out = NULL;
	const void *bytes;
	size_t size;

	if (!recording)
		return -1;
	out = out_open(output, OUT_KEEP_OLD | OUT_PRIVATE, err);
	if (!out)
		return -1;
	if (!out_can_patch(out))
		return error_set(
			err, "cannot write a recording to '%s': it is not a regular file",
			output);
	bytes = recording_bytes(recording, &size);
	if (amend_names(out, bytes, size, &data->run_info, &data->dsos, err) < 0)
		return -1;
	return out_commit(out, err);
}

static void show_download(void *unused, uint64_t received, uint64_t total)
{
	(void)unused;
	if (total)
		fprintf(stderr, "\rflame: debuginfod: %" PRIu64 " of %" PRIu64 " KB   ",
			received / 1024, total / 1024);
	else
		fprintf(stderr, "\rflame: debuginfod: waiting ...         ");
}

/* *servers stays NULL without --debuginfod. */
static int open_servers(struct debuginfod **servers, const struct symbolize_options *o,
			struct error *err)
{
	const char *urls = getenv("DEBUGINFOD_URLS");

	if (!o->server_seconds)
		return 0;
	if (!urls || !*urls)
		return error_set(err, "--debuginfod needs the URL of a server in the "
				      "environment variable DEBUGINFOD_URLS");
	*servers =
		debuginfod_new(o->server_seconds,
			       isatty(STDERR_FILENO) ? show_download : NULL, NULL, err);
	return *servers ? 0 : -1;
}

/* A damaged recording must not be replaced by a copy of its readable part. */
static int check_complete(const struct input_data *data, const struct input *in,
			  struct error *err)
{
	if (data->is_damaged)
		*err = data->damage;
	else if (data->lacks_facts)
		error_set(err, "%s", data->notes.items[0]);
	else
		return 0;
	return error_while(err, "'%s' stays unchanged", in->name);
}

/* Looks up all samples: of every event, also those of idle CPUs. */
static int symbolize(struct input_data *data, const struct symbolize_options *o,
		     struct error *err)
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
	if (!input_recording.knows(&in, err))
		return error_set(err, "'%s' is not a recording", in.name);
	if (o->debug_dir && !(load.debug_folder = realpath(o->debug_dir, debug_folder)))
		return error_sys(err, "cannot open '%s'", o->debug_dir);
	if (open_servers(&servers, o, err) < 0)
		return -1;
	load.servers = servers;
	if (load_recording(data, in.path, &load, err) < 0)
		return -1;
	if (servers && isatty(STDERR_FILENO))
		fputc('\n', stderr);
	if (check_complete(data, &in, err) < 0)
		return -1;
	if (write_amended(data, in.path, o->output, err) < 0)
		return error_while(err, "cannot store names in '%s'", in.name);
	return 0;
}

static int cmd_symbolize(int argc, char **argv)
{
	scoped(input_data_release) struct input_data data;
	struct symbolize_options o = {0};
	struct error err;
	int status;

	input_data_init(&data);
	status = read_command_line(&o, argc, argv);
	if (status != COMMAND_LINE_VALID)
		return status;
	if (symbolize(&data, &o, &err) < 0)
		return fail(&err);
	return print_notes(&data);
}

const struct command command_symbolize = {
	.name = "symbolize",
	.summary = "add the names that this machine has to a recording",
	.groups = symbolize_groups,
	.run = cmd_symbolize,
};
