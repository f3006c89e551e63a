#include "cli/record_results.h"

#include "base/scoped.h"
#include "cli/command.h"
#include "cli/message.h"
#include "cli/work.h"
#include "flow/output/output_write.h"
#include "flow/session_end.h"
#include "options/terminal.h"
#include "record/machine.h"
#include "render/run_figures.h"
#include "render/table.h"

/* Functions in the table. */
enum { ROWS = 10 };

struct record_end {
	struct session_end session;
	const struct record_results *results;
	uint64_t own_cpu; /* ns, of the processes outside so far */
};

static void published(void *data, const char *path)
{
	struct record_end *end = data;

	witness_set(end->results->witness,
		    "flame: '%s' is complete: 'flame render %s' draws it", path, path);
}

static void print_figures(const struct record_end *end, const struct input_data *data,
			  uint64_t size)
{
	scoped(run_figures_release) struct run_figures figures = {0};
	char *const *line;

	run_figures_make(&figures, &data->run_info, end->own_cpu + cpu_account_now().own);
	vec_each(line, &figures.lines)
		say("%s", *line);
	if (size)
		say("%s: %.1f MB", end->results->arguments->session.output,
		    (double)size / 1e6);
}

/* 'svg' is NULL if no picture was drawn. */
static int print_functions(const struct input_data *data, const char *svg,
			   struct error *err)
{
	const struct table_options options = {
		.limit = ROWS, .both = true, .width = terminal_width()};
	scoped(out_free) struct out *out = out_open("-", 0, err);

	table_write(out, &data->profile, &data->run_info, &options);
	if (svg)
		out_printf(out, "\nopen %s in a browser\n", svg);
	return out_commit(out, err);
}

/* Draws the recording, which is complete, and prints its figures. After a failure the
 * process outside, which has published the recording, prints its path. */
static int results_show(struct contained *c, const struct record_end *end,
			const struct input_data *data, uint64_t size, struct error *err)
{
	const struct record_arguments *a = end->results->arguments;
	bool is_drawn = false;
	struct error undrawn;

	if (a->session.hurry && atomic_load(a->session.hurry)) {
		print_notes(data);
		return error_set(err, "a second signal ended flame");
	}
	if (!a->no_svg)
		is_drawn = output_write(c, 0, output_format_named("svg"), data,
					&a->output_options, &undrawn) == 0;
	print_notes(data);
	print_figures(end, data, size);
	if (print_functions(data, is_drawn ? end->results->svg : NULL, err) < 0)
		return -1;
	if (a->no_svg || is_drawn)
		return 0;
	*err = undrawn;
	return -1;
}

/* Runs in a sandbox. */
static int record_end_run(struct contained *c, void *data)
{
	struct record_end *end = data;
	uint64_t size;
	struct error err;
	const struct input_data *input =
		session_end_complete(&end->session, c, &size, &err);

	if (!input || results_show(c, end, input, size, &err) < 0)
		return fail(&err);
	return EXIT_DONE;
}

int record_results_make(const struct record_results *results, int *status,
			struct error *err)
{
	struct destination *const outputs[] = {results->picture};
	scoped(contained_result_release) struct contained_result result = {0};
	struct record_end end = {
		.session = {.session = results->session,
			    .run = record_end_run,
			    .published = published,
			    .data = &end,
			    .outputs = outputs,
			    .n_outputs = array_size(outputs),
			    .hurry = results->arguments->session.hurry},
		.results = results,
		.own_cpu = cpu_account_now().own + session_worker_cpu(results->session),
	};

	session_end_run(&end.session, &result);
	work_print_deaths(&result);
	*status = result.status;
	return session_end_check(&end.session, &result, err);
}
