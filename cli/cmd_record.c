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
#include "record/machine.h"

#include <sys/stat.h>
#include <unistd.h>

/* Lines about recordings that did not finish. */
enum { UNFINISHED_MAX = 3 };

/* CPU time after which a file is not read any more. */
#define FILE_NS ((uint64_t)30 * 1000000000)

/* Likewise while recording, for its unwind tables. */
#define TABLE_NS ((uint64_t)5 * 1000000000)

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
static int add_part(struct session *session, struct error *err)
{
	const struct error cause = *err;

	if (!recording_file_part(session_file(session)) || !session_samples(session))
		return -1;
	return error_set(err, "%s; 'flame recover %s' completes the recording",
			 cause.text, recording_file_part(session_file(session)));
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

enum record_request { REQUEST_PUBLISH_RECORDING };

/* The end of a recording: a worker reads names and draws, this process publishes. */
struct record_end {
	const struct record_arguments *arguments;
	struct session *session;
	struct witness *witness;
	const char *svg;  /* path of the picture */
	uint64_t own_cpu; /* ns, of this process so far */
};

/* Outside: what a worker may request. */
static int record_serve(void *data, uint32_t request, struct error *err)
{
	struct record_end *end = data;
	const char *recording;

	if (request != REQUEST_PUBLISH_RECORDING)
		return error_set(err, "no such request");
	if (recording_file_publish(session_file(end->session), err) < 0)
		return -1;
	recording = recording_file_final_path(session_file(end->session));
	witness_set(end->witness, "flame: '%s' is complete: 'flame render %s' draws it",
		    recording, recording);
	return 0;
}

/* Draws the recording, which is complete, and prints its figures. After a failure the
 * process outside, which has published the recording, prints its path. */
static int results_show(struct contained *c, const struct record_end *end,
			const struct input_data *data, uint64_t size, struct error *err)
{
	const struct record_arguments *a = end->arguments;
	struct summary summary = {
		.recording = a->session.output, .size = size, .own_cpu = end->own_cpu};
	struct error undrawn;

	if (a->session.hurry && atomic_load(a->session.hurry)) {
		print_notes(data);
		return error_set(err, "a second signal ended flame");
	}
	if (!a->no_svg && output_write(c, 0, output_format_named("svg"), data,
				       &a->output_options, &undrawn) == 0)
		summary.svg = end->svg;
	print_notes(data);
	if (summary_write(&summary, data, err) < 0)
		return -1;
	if (a->no_svg || summary.svg)
		return 0;
	*err = undrawn;
	return -1;
}

static int session_end(struct contained *c, struct record_end *end, struct error *err)
{
	struct session *session = end->session;
	struct input_data *data =
		session_finish(session, contained_marks(c), contained_is_served(c), err);
	struct stat st = {0};

	if (!data)
		return add_part(session, err);
	stat(recording_file_self(session_file(session)), &st);
	if (contained_request(c, REQUEST_PUBLISH_RECORDING, err) < 0)
		return -1;
	return results_show(c, end, data, (uint64_t)st.st_size, err);
}

/* Runs in a sandbox. */
static int record_end_run(struct contained *c, void *data)
{
	struct error err;

	return session_end(c, data, &err) < 0 ? fail(&err) : EXIT_DONE;
}

/* No worker could finish the recording. Completes it without names. */
static int end_unnamed(const struct record_end *end, struct error *err)
{
	const struct error cause = *err;

	if (!recording_file_part(session_file(end->session)))
		return error_set(err, "%s; '%s' is complete", cause.text,
				 recording_file_final_path(session_file(end->session)));
	if (session_finish_unnamed(end->session, err) < 0 ||
	    recording_file_publish(session_file(end->session), err) < 0)
		return add_part(end->session, err);
	return error_set(err,
			 "%s; '%s' is complete but for names: 'flame symbolize' "
			 "adds them",
			 cause.text,
			 recording_file_final_path(session_file(end->session)));
}

/* Sets *status to the exit status. */
static int record_finish(struct record_end *end, struct destination *picture, int *status,
			 struct error *err)
{
	struct destination *const outputs[] = {picture};
	scoped(contained_result_release) struct contained_result result = {0};
	struct contained_work work = {.run = record_end_run,
				      .serve = record_serve,
				      .data = end,
				      .outputs = outputs,
				      .n_outputs = 1,
				      .file_ns = FILE_NS,
				      .hurry = end->arguments->session.hurry};
	const struct error *failure;
	const char *path;

	stat(recording_file_self(session_file(end->session)), &work.files.file);
	end->own_cpu = cpu_account_now().own + session_worker_cpu(end->session);
	contained_run(&work, &result);
	output_print_deaths(&result);
	*status = result.status;
	*err = result.err;
	if (!result.has_finished)
		return end_unnamed(end, err);
	failure = recording_file_failure(session_file(end->session));
	path = recording_file_final_path(session_file(end->session));
	if (failure && !recording_file_part(session_file(end->session)))
		return error_set(
			err, "the recording did not end as planned: %s; '%s' is complete",
			failure->text, path);
	if (*status != EXIT_DONE && !recording_file_part(session_file(end->session)))
		return error_set(err, "'%s' is complete: 'flame render %s' draws it",
				 path, path);
	return 0;
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
		return add_part(session, err);
	stop_signals_watch(stop);
	a->session.hurry = stop_signals_hurry(stop);
	return record_finish(&(struct record_end){.arguments = a,
						  .session = session,
						  .witness = witness,
						  .svg = svg},
			     &picture, status, err);
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
	scoped(mem_release) char *line = command_line_text(argc, argv);
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
