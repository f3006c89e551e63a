#include "base/mem.h"
#include "base/scoped.h"
#include "cli/command_line.h"
#include "cli/live/standard_error.h"
#include "cli/message.h"
#include "cli/symbolize_arguments.h"
#include "cli/work.h"
#include "elf/search/download_folder.h"
#include "flow/name_update.h"
#include "flow/output/output_path.h"

#include <inttypes.h>
#include <stdlib.h>

struct symbolize_work {
	struct symbolize_arguments arguments;
	enum hidden_kernel hidden_kernel;
};

static void show_download(void *unused, uint64_t received, uint64_t total)
{
	(void)unused;
	if (total)
		status_show("flame: debuginfod: %" PRIu64 " of %" PRIu64 " KB",
			    received / 1024, total / 1024);
	else
		status_show("flame: debuginfod: waiting ...");
}

/* The value of a variable of the environment; NULL: none, or empty. */
static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* Without --debuginfod *servers stays NULL. */
static int open_servers(struct debuginfod **servers, const struct symbolize_work *w,
			struct error *err)
{
	if (!w->arguments.server_seconds)
		return 0;
	*servers = debuginfod_new(w->arguments.server_seconds,
				  standard_error_is_terminal() ? show_download : NULL,
				  NULL, err);
	return *servers ? 0 : -1;
}

static int symbolize_recording(struct contained *c, const struct symbolize_work *w,
			       struct input_data *data, struct error *err)
{
	scoped(debuginfod_free) struct debuginfod *servers = NULL;
	struct file_places places = place_paths_places(&w->arguments.paths);
	const struct name_update_options update = {.places = &places,
						   .hidden_kernel = w->hidden_kernel};
	int result;

	if (open_servers(&servers, w, err) < 0)
		return -1;
	places.servers = servers;
	places.insists = w->arguments.insists;
	result = name_update(c, w->arguments.input, &update, data, err);
	if (servers)
		status_end();
	return result;
}

/* Runs in a sandbox. */
static int symbolize_run(struct contained *c, void *work)
{
	scoped(input_data_release) struct input_data data;
	struct error err;

	input_data_init(&data);
	if (symbolize_recording(c, work, &data, &err) < 0)
		return fail(&err);
	return print_notes(&data);
}

/* Permits downloads in the sandbox. Runs outside. *folder is the caller's. */
static int permit_servers(struct sandbox_options *sandbox, char **folder,
			  struct error *err)
{
	const struct download_variables variables = {
		.urls = variable("DEBUGINFOD_URLS"),
		.folder = variable("DEBUGINFOD_CACHE_PATH"),
		.caches = variable("XDG_CACHE_HOME"),
		.home = variable("HOME"),
	};

	*folder = download_folder_create(&variables, err);
	if (!*folder)
		return -1;
	/* The library must not find another one. */
	setenv("DEBUGINFOD_CACHE_PATH", *folder, 1);
	sandbox->uses_network = true;
	sandbox->writable = *folder;
	return 0;
}

/* The paths of the arguments are absolute. */
static int recording_symbolize(struct symbolize_work *w)
{
	const struct symbolize_arguments *a = &w->arguments;
	scoped(destination_release) struct destination to = {0};
	scoped(mem_release) char *downloads = NULL;
	struct destination *const outputs[] = {&to};
	const char *inputs[3] = {a->input};
	struct contained_work work = {.run = symbolize_run,
				      .data = w,
				      .files = {.inputs = inputs, .n_inputs = 1},
				      .outputs = outputs,
				      .n_outputs = 1};
	struct error err;

	if (a->paths.vmlinux)
		inputs[work.files.n_inputs++] = a->paths.vmlinux;
	if (a->paths.kallsyms)
		inputs[work.files.n_inputs++] = a->paths.kallsyms;
	if (output_check_recording(a->output, a->input, &err) < 0 ||
	    destination_open(&to, a->output, OUT_KEEP_OLD | OUT_PRIVATE | OUT_REGULAR,
			     &err) < 0)
		return fail(&err);
	if (a->server_seconds && permit_servers(&work.sandbox, &downloads, &err) < 0)
		return fail(&err);
	return work_run(&work);
}

static int cmd_symbolize(int argc, char **argv)
{
	const struct rights rights = rights_read("");
	struct symbolize_work w = {.hidden_kernel = rights_hidden_kernel(&rights)};
	scoped(arena_release) struct arena text = {0};
	struct error err;
	int status = symbolize_arguments_read(&w.arguments, argc, argv);

	if (status != COMMAND_LINE_VALID)
		return status;
	if (place_paths_resolve(&w.arguments.paths, variable("HOME"), &text, &err) < 0)
		return fail(&err);
	return recording_symbolize(&w);
}

const struct command command_symbolize = {
	.name = "symbolize",
	.summary = "add the names that this machine has to a recording",
	.groups = symbolize_groups,
	.run = cmd_symbolize,
};
