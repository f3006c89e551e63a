#include "base/clock.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "cli/command_line.h"
#include "cli/live/progress.h"
#include "cli/live/standard_error.h"
#include "cli/live/stop_signals.h"
#include "cli/live/witness.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/record_arguments.h"
#include "cli/summary.h"
#include "flow/recovery/unfinished.h"
#include "flow/session.h"
#include "model/secrets.h"

#include <unistd.h>

/* Lines about recordings that did not finish. */
enum { UNFINISHED_MAX = 3 };

/* argv as one line without secrets, for the metadata of the recording. */
static char *command_line_text(int argc, char **argv)
{
	scoped(out_free) struct out *line = out_memory();
	struct secret_filter filter = {.out = line};

	out_str(line, "flame");
	for (int i = 0; i < argc; i++) {
		out_char(line, ' ');
		secret_filter_write(&filter, argv[i]);
	}
	return mem_str(out_data(line), out_pos(line));
}

/* Returns -1 with the failure of a recording, and where its samples are. */
static int add_part(const struct session *session, struct error *err)
{
	const struct error cause = *err;

	if (!session_part(session) || !session_samples(session))
		return -1;
	return error_set(err, "%s; 'flame recover %s' completes the recording",
			 cause.text, session_part(session));
}

/* Samples until the end of the recording or a signal. */
static int samples_take(struct session *session, const struct stop_signals *stop,
			struct error *err)
{
	scoped(progress_end) struct progress progress;

	progress_init(&progress, standard_error_is_terminal(), clock_now());
	while (session_step(session) && !stop_signals_arrived(stop))
		progress_show(&progress, clock_now(), session_samples(session));
	return session_stop(session, err);
}

static void print_session_notes(const struct session *session)
{
	const char *note;

	for (size_t i = 0; (note = session_note(session, i)); i++)
		say("%s", note);
}

/* Draws the recording, which is complete, and prints its figures. */
static int results_show(const struct record_arguments *a, const struct input_data *data,
			const char *recording, struct destination *to, const char *svg,
			struct error *err)
{
	bool has_picture = false;
	struct error undrawn;

	if (!a->no_svg)
		has_picture = output_write(to, output_format_named("svg"), data,
					   &a->output_options, &undrawn) == 0;
	print_notes(data);
	if (summary_write(data, recording, has_picture ? svg : NULL, err) < 0)
		return -1;
	if (a->no_svg || has_picture)
		return 0;
	return error_set(err, "%s; '%s' is complete: 'flame render %s' draws it",
			 undrawn.text, recording, recording);
}

/* Parts of recorders that were killed: the samples are worth a line. */
static void print_unfinished(const char *output)
{
	scoped(unfinished_release) struct unfinished u = {0};

	unfinished_find(&u, output);
	for (size_t i = 0; i < u.paths.n && i < UNFINISHED_MAX; i++)
		say("an earlier recording did not finish: 'flame recover %s' completes "
		    "it",
		    u.paths.items[i]);
	if (u.paths.n > UNFINISHED_MAX)
		say("%zu more recordings did not finish", u.paths.n - UNFINISHED_MAX);
}

static int target_record(struct record_arguments *a, struct stop_signals *stop,
			 struct witness *witness, struct error *err)
{
	scoped(mem_release) char *svg = path_with_extension(a->session.output, ".svg");
	scoped(destination_release) struct destination picture = {0};
	scoped(session_free) struct session *session = NULL;
	const char *recording = a->session.output;
	struct input_data *data;

	if (!a->no_svg && output_open_picture(&picture, svg, recording, err) < 0)
		return -1;
	session = session_open(&a->session, &a->target, err);
	if (!session)
		return -1;
	print_unfinished(recording);
	print_session_notes(session);
	witness_set(
		witness,
		"flame: the recording did not finish: 'flame recover %s' completes it",
		session_part(session));
	if (session_start(session, err) < 0 || samples_take(session, stop, err) < 0)
		return add_part(session, err);
	stop_signals_watch(stop);
	data = session_finish(session, err);
	if (!data)
		return add_part(session, err);
	recording = session_output(session);
	witness_set(witness, "flame: '%s' is complete: 'flame render %s' draws it",
		    recording, recording);
	if (results_show(a, data, recording, &picture, svg, err) < 0)
		return -1;
	if (!session_failure(session))
		return 0;
	return error_set(err,
			 "the recording did not end as planned: %s; '%s' is complete",
			 session_failure(session)->text, recording);
}

/* The exit status of the command, if recording succeeded or if the command could not
 * be executed. */
static int run_record(struct record_arguments *a)
{
	scoped(witness_end) struct witness witness;
	scoped(stop_signals_end) struct stop_signals stop;
	struct error err;
	int status = EXIT_DONE;

	stop_signals_block(&stop);
	witness_start(&witness);
	if (target_record(a, &stop, &witness, &err) < 0)
		status = fail(&err);
	if (status == EXIT_DONE || a->target.exit_status == EXIT_NOT_EXECUTABLE ||
	    a->target.exit_status == EXIT_NOT_FOUND)
		status = a->target.exit_status;
	return status;
}

static int cmd_record(int argc, char **argv)
{
	scoped(mem_release) char *line = command_line_text(argc, argv);
	struct record_arguments a;
	int status;

	record_arguments_init(&a);
	status = record_arguments_read(&a, argc, argv);
	if (status == COMMAND_LINE_VALID) {
		a.session.command_line = a.no_command_line ? NULL : line;
		a.session.slices = a.no_svg ? 0 : PICTURE_SLICES;
		status = run_record(&a);
	}
	target_release(&a.target);
	return status;
}

const struct command command_record = {
	.name = "record",
	.summary = "record where CPU time goes, and draw it",
	.groups = record_groups,
	.run = cmd_record,
};
