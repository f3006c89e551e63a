#include "base/clock.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "cli/command_line.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/record_arguments.h"
#include "cli/summary.h"
#include "flow/session.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

static void stop_signals_init(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
}

/* argv as one line, for the metadata of the recording. */
static char *command_line_text(int argc, char **argv)
{
	scoped(out_free) struct out *line = out_memory();

	out_str(line, "flame");
	for (int i = 0; i < argc; i++)
		out_printf(line, " %s", argv[i]);
	return mem_str(out_data(line), out_pos(line));
}

/* Signals that end a recording are blocked during the recording and read between two
 * steps: no handler, no global. */
static int samples_take(struct session *session, struct progress *progress,
			struct error *err)
{
	const struct timespec at_once = {0};
	sigset_t stop;
	int more;

	stop_signals_init(&stop);
	while ((more = session_step(session, err)) > 0) {
		progress_show(progress, clock_now(), session_samples(session));
		if (sigtimedwait(&stop, NULL, &at_once) > 0)
			break;
	}
	return more < 0 ? -1 : session_stop(session, err);
}

static void print_session_notes(const struct session *session)
{
	const char *note;

	for (size_t i = 0; (note = session_note(session, i)); i++)
		say("%s", note);
}

static int target_record(struct record_arguments *a, struct error *err)
{
	scoped(progress_end) struct progress progress;
	scoped(mem_release) char *svg = path_with_extension(a->session.output, ".svg");
	scoped(session_free) struct session *session = NULL;
	struct input_data *data;
	sigset_t stop;

	progress_init(&progress, isatty(STDERR_FILENO), clock_now());
	session = session_open(&a->session, &a->target, err);
	if (!session)
		return -1;
	print_session_notes(session);
	if (session_start(session, err) < 0 || samples_take(session, &progress, err) < 0)
		return -1;
	progress_end(&progress);
	/* A second Ctrl-C ends the rest at once. */
	stop_signals_init(&stop);
	sigprocmask(SIG_UNBLOCK, &stop, NULL);
	data = session_finish(session, err);
	if (!data || (!a->no_svg && output_write(svg, output_format_named("svg"), data,
						 &a->output_options, err) < 0))
		return -1;
	print_notes(data);
	return summary_write(data, a->session.output, a->no_svg ? NULL : svg, err);
}

/* The exit status of the command, if recording succeeded or if the command could not
 * be executed. */
static int run_record(struct record_arguments *a)
{
	struct error err;
	sigset_t stop;
	int status = EXIT_DONE;

	stop_signals_init(&stop);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	if (target_record(a, &err) < 0)
		status = fail(&err);
	if (status == EXIT_DONE || a->target.exit_status >= EXIT_NOT_EXECUTABLE)
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
		a.session.command_line = line;
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
