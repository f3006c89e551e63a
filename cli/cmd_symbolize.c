#include "base/mem.h"
#include "base/path_walk.h"
#include "base/scoped.h"
#include "cli/command_line.h"
#include "cli/live/standard_error.h"
#include "cli/message.h"
#include "cli/work.h"
#include "elf/search/file_places.h"
#include "flow/name_update.h"
#include "flow/output/output_path.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* s */
enum { SERVER_SECONDS = 90 };

enum { FOLDERS_MAX = 64 };

struct symbolize_options {
	const char *input, *output;
	/* Paths, as given and then absolute, perf's cache at last. */
	const char *folders[FOLDERS_MAX];
	size_t n_folders;
	const char *symfs, *vmlinux, *kallsyms; /* likewise, NULL: none */
	bool insists;
	/* Time limit for all downloads, 0: no servers. */
	uint32_t server_seconds;
	enum hidden_kernel hidden_kernel;
};

static bool add_folder(void *group, const char *value)
{
	struct symbolize_options *o = group;

	/* One place is for perf's cache. */
	if (o->n_folders == FOLDERS_MAX - 1)
		return false;
	o->folders[o->n_folders++] = value;
	return true;
}

static const struct option_spec symbolize_specs[] = {
	{"output", 'o', "FILE",
	 "write to FILE (default: RECORDING itself; the old one is kept as "
	 "RECORDING.old)",
	 OPTION_TEXT(struct symbolize_options, output)},
	{"debug-dir", 0, "DIR",
	 "look for programs, libraries and debug files in DIR before /usr/lib/debug; DIR "
	 "has its layout, that of ~/.debug or of an archive of 'perf archive'; may be "
	 "given several times",
	 .noun = "folder", .expected = "at most 63 of them", OPTION_SETTER(add_folder)},
	{"symfs", 0, "DIR",
	 "look for all files below DIR, a copy of the root directory of the recorded "
	 "machine",
	 OPTION_TEXT(struct symbolize_options, symfs)},
	{"vmlinux", 0, "FILE", "kernel of the recording, with symbols",
	 OPTION_TEXT(struct symbolize_options, vmlinux)},
	{"kallsyms", 0, "FILE",
	 "copy of /proc/kallsyms of the recorded machine, made by root",
	 OPTION_TEXT(struct symbolize_options, kallsyms)},
	{"force", 'f', NULL,
	 "take the files at their paths if the recording has no build ids",
	 OPTION_FLAG(struct symbolize_options, insists)},
	{"debuginfod", 0, "SECONDS",
	 "download missing programs and debug files from the servers in "
	 "DEBUGINFOD_URLS, for at most SECONDS in all (default 90)",
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
static int open_servers(struct debuginfod **servers, const struct symbolize_options *o,
			struct error *err)
{
	if (!o->server_seconds)
		return 0;
	*servers = debuginfod_new(o->server_seconds,
				  standard_error_is_terminal() ? show_download : NULL,
				  NULL, err);
	return *servers ? 0 : -1;
}

static int symbolize_recording(struct contained *c, const struct symbolize_options *o,
			       struct input_data *data, struct error *err)
{
	scoped(debuginfod_free) struct debuginfod *servers = NULL;
	struct file_places places = {.folders = o->folders,
				     .n_folders = o->n_folders,
				     .root = o->symfs,
				     .vmlinux = o->vmlinux,
				     .kallsyms = o->kallsyms,
				     .insists = o->insists};
	const struct name_update_options update = {.places = &places,
						   .hidden_kernel = o->hidden_kernel};
	int result;

	if (open_servers(&servers, o, err) < 0)
		return -1;
	places.servers = servers;
	result = name_update(c, o->input, &update, data, err);
	if (servers)
		status_end();
	return result;
}

/* Runs in a sandbox. */
static int symbolize_run(struct contained *c, void *options)
{
	scoped(input_data_release) struct input_data data;
	struct error err;

	input_data_init(&data);
	if (symbolize_recording(c, options, &data, &err) < 0)
		return fail(&err);
	return print_notes(&data);
}

/* The folder in which libdebuginfod keeps files; mem_free() frees it. In HOME an old one
 * comes first. */
static char *cache_folder(void)
{
	const char *given = variable("DEBUGINFOD_CACHE_PATH");
	const char *caches = variable("XDG_CACHE_HOME");
	const char *home = variable("HOME") ? variable("HOME") : "";
	scoped(mem_release) char *old = mem_format("%s/.debuginfod_client_cache", home);

	if (given)
		return mem_str(given, strlen(given));
	if (access(old, F_OK) == 0)
		return mem_str(old, strlen(old));
	return caches ? mem_format("%s/debuginfod_client", caches)
		      : mem_format("%s/.cache/debuginfod_client", home);
}

/* The last two folders of a path may be missing. */
static void folder_create(const char *path)
{
	scoped(mem_release) char *above = mem_str(path, strlen(path));
	char *slash = strrchr(above, '/');

	*slash = '\0';
	mkdir(above, 0700);
	mkdir(path, 0700);
}

/* Permits downloads in the sandbox. Runs outside: nothing may be created, and no folder
 * opened for writing, before it is known to be the user's own. libdebuginfod follows
 * links: in a folder of another user, as that of $HOME under sudo -E, a link may lead
 * anywhere. *folder is the caller's. */
static int permit_servers(struct sandbox_options *sandbox, char **folder,
			  struct error *err)
{
	char real[PATH_MAX];

	if (!variable("DEBUGINFOD_URLS"))
		return error_set(err, "--debuginfod needs the URL of a server in the "
				      "environment variable DEBUGINFOD_URLS");
	*folder = cache_folder();
	if (path_check_private(*folder, err) < 0)
		return error_while(err,
				   "no safe place for downloads (DEBUGINFOD_CACHE_PATH "
				   "names another one)");
	folder_create(*folder);
	if (!realpath(*folder, real))
		return error_sys(err, "cannot open '%s'", *folder);
	mem_release(folder);
	*folder = mem_str(real, strlen(real));
	/* The library must not find another one. */
	setenv("DEBUGINFOD_CACHE_PATH", *folder, 1);
	sandbox->uses_network = true;
	sandbox->writable = *folder;
	return 0;
}

/* Makes a path absolute, in memory of 'text'. */
static int resolve(struct arena *text, const char **path, struct error *err)
{
	char real[PATH_MAX];

	if (!*path)
		return 0;
	if (!realpath(*path, real))
		return error_sys(err, "cannot open '%s'", *path);
	*path = arena_str(text, real, strlen(real));
	return 0;
}

/* Makes all paths absolute, and adds perf's cache to the folders. */
static int places_resolve(struct symbolize_options *o, struct arena *text,
			  struct error *err)
{
	const char *home = variable("HOME");
	scoped(mem_release) char *cache = mem_format("%s/.debug", home ? home : "");

	for (size_t i = 0; i < o->n_folders; i++)
		if (resolve(text, &o->folders[i], err) < 0)
			return -1;
	if (home && access(cache, X_OK) == 0) {
		o->folders[o->n_folders] = cache;
		if (resolve(text, &o->folders[o->n_folders++], err) < 0)
			return -1;
	}
	if (resolve(text, &o->symfs, err) < 0 || resolve(text, &o->vmlinux, err) < 0)
		return -1;
	return resolve(text, &o->kallsyms, err);
}

static int cmd_symbolize(int argc, char **argv)
{
	const struct rights rights = rights_read("");
	struct symbolize_options o = {.hidden_kernel = rights_hidden_kernel(&rights)};
	scoped(arena_release) struct arena text = {0};
	scoped(destination_release) struct destination to = {0};
	scoped(mem_release) char *downloads = NULL;
	struct destination *const outputs[] = {&to};
	const char *inputs[3] = {0};
	struct contained_work work = {.run = symbolize_run,
				      .data = &o,
				      .files = {.inputs = inputs, .n_inputs = 1},
				      .outputs = outputs,
				      .n_outputs = 1};
	struct error err;
	int status = read_command_line(&o, argc, argv);

	if (status != COMMAND_LINE_VALID)
		return status;
	if (places_resolve(&o, &text, &err) < 0)
		return fail(&err);
	inputs[0] = o.input;
	if (o.vmlinux)
		inputs[work.files.n_inputs++] = o.vmlinux;
	if (o.kallsyms)
		inputs[work.files.n_inputs++] = o.kallsyms;
	if (output_check_recording(o.output, o.input, &err) < 0 ||
	    destination_open(&to, o.output, OUT_KEEP_OLD | OUT_PRIVATE | OUT_REGULAR,
			     &err) < 0)
		return fail(&err);
	if (o.server_seconds && permit_servers(&work.sandbox, &downloads, &err) < 0)
		return fail(&err);
	return work_run(&work);
}

const struct command command_symbolize = {
	.name = "symbolize",
	.summary = "add the names that this machine has to a recording",
	.groups = symbolize_groups,
	.run = cmd_symbolize,
};
