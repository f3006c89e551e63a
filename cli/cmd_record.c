#include "base/clock.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "cli/command_line.h"
#include "cli/live/progress.h"
#include "cli/live/standard_error.h"
#include "cli/live/stop_signals.h"
#include "cli/message.h"
#include "cli/record_results.h"
#include "flow/output/output_path.h"
#include "flow/recovery/unfinished.h"
#include "flow/session_end.h"
#include "model/secrets.h"

/* CPU time for the unwind tables of one file. */
#define TABLE_NS ((uint64_t)5 * 1000000000)

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

/* Parts of recorders that were killed: the samples are worth a line. */
static void print_unfinished(const char *output)
{
	scoped(unfinished_release) struct unfinished u = {0};
	char *line;

	unfinished_find(&u, output);
	for (size_t i = 0; (line = unfinished_line(&u, i)); i++) {
		say("%s", line);
		mem_free(line);
	}
}

/* Sets *status to the exit status, without that of the command. */
static int target_record(struct record_arguments *a, struct stop_signals *stop,
			 struct witness *witness, int *status, struct error *err)
{
	scoped(mem_release) char *svg = path_with_extension(a->session.output, ".svg");
	scoped(destination_release) struct destination picture = {0};
	scoped(session_free) struct session *session = NULL;
	const char *recording = a->session.output;

	if (path_check_answers(recording, err) < 0 ||
	    (!a->no_svg && output_open_picture(&picture, svg, recording, err) < 0))
		return -1;
	session = session_open(&a->session, &a->target, err);
	if (!session)
		return -1;
	print_unfinished(recording);
	print_session_notes(session);
	witness_set(
		witness,
		"flame: the recording did not finish: 'flame recover %s' completes it",
		recording_file_part(session_file(session)));
	if (session_start(session, err) < 0 || samples_take(session, stop, err) < 0)
		return session_add_part(session, err);
	stop_signals_watch(stop);
	a->session.hurry = stop_signals_hurry(stop);
	return record_results_make(&(struct record_results){.arguments = a,
							    .session = session,
							    .witness = witness,
							    .picture = &picture,
							    .svg = svg},
				   status, err);
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
	if (target_record(a, &stop, &witness, &status, &err) < 0)
		status = fail(&err);
	/* A second signal ends flame at the end of this function. */
	witness_end(&witness);
	if (status == EXIT_DONE || a->target.exit_status == EXIT_NOT_EXECUTABLE ||
	    a->target.exit_status == EXIT_NOT_FOUND)
		status = a->target.exit_status;
	return status;
}

static int cmd_record(int argc, char **argv)
{
	scoped(mem_release) char *line = secrets_command_line("flame", argc, argv);
	struct record_arguments a;
	int status;

	record_arguments_init(&a);
	status = record_arguments_read(&a, argc, argv);
	if (status == COMMAND_LINE_VALID) {
		a.session.command_line = a.no_command_line ? NULL : line;
		a.session.file_time = TABLE_NS;
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
