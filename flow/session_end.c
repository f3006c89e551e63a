#include "flow/session_end.h"

#include <sys/stat.h>

/* CPU time after which a file is not read any more. */
#define FILE_NS ((uint64_t)30 * 1000000000)

enum session_request { REQUEST_PUBLISH_RECORDING };

int session_add_part(struct session *session, struct error *err)
{
	const struct error cause = *err;

	if (!recording_file_part(session_file(session)) || !session_samples(session))
		return -1;
	return error_set(err, "%s; 'flame recover %s' completes the recording",
			 cause.text, recording_file_part(session_file(session)));
}

/* Outside: what a worker may request. */
static int end_serve(void *data, uint32_t request, struct error *err)
{
	struct session_end *end = data;
	struct recording_file *file = session_file(end->session);

	if (request != REQUEST_PUBLISH_RECORDING)
		return error_set(err, "no such request");
	if (recording_file_publish(file, err) < 0)
		return -1;
	end->published(end->data, recording_file_final_path(file));
	return 0;
}

static int end_work(struct contained *c, void *data)
{
	struct session_end *end = data;

	return end->run(c, end->data);
}

void session_end_run(struct session_end *end, struct contained_result *result)
{
	struct contained_work work = {.run = end_work,
				      .serve = end_serve,
				      .data = end,
				      .outputs = end->outputs,
				      .n_outputs = end->n_outputs,
				      .file_ns = FILE_NS,
				      .hurry = end->hurry};

	stat(recording_file_self(session_file(end->session)), &work.files.file);
	contained_run(&work, result);
}

struct input_data *session_end_complete(struct session_end *end, struct contained *c,
					uint64_t *size, struct error *err)
{
	struct session *session = end->session;
	struct input_data *data =
		session_finish(session, contained_marks(c), contained_is_served(c), err);
	struct stat st = {0};

	if (!data) {
		session_add_part(session, err);
		return NULL;
	}
	stat(recording_file_self(session_file(session)), &st);
	*size = (uint64_t)st.st_size;
	return contained_request(c, REQUEST_PUBLISH_RECORDING, err) < 0 ? NULL : data;
}

/* No worker could finish the recording. Completes it without names. */
static int end_unnamed(struct session *session, struct error *err)
{
	const struct error cause = *err;
	struct recording_file *file = session_file(session);

	if (!recording_file_part(file))
		return error_set(err, "%s; '%s' is complete", cause.text,
				 recording_file_final_path(file));
	if (session_finish_unnamed(session, err) < 0 ||
	    recording_file_publish(file, err) < 0)
		return session_add_part(session, err);
	return error_set(err,
			 "%s; '%s' is complete but for names: 'flame symbolize' "
			 "adds them",
			 cause.text, recording_file_final_path(file));
}

int session_end_check(const struct session_end *end,
		      const struct contained_result *result, struct error *err)
{
	struct recording_file *file = session_file(end->session);
	const struct error *failure;
	const char *path;

	*err = result->err;
	if (!result->has_finished)
		return end_unnamed(end->session, err);
	if (recording_file_part(file))
		return 0;
	failure = recording_file_failure(file);
	path = recording_file_final_path(file);
	if (failure)
		return error_set(
			err, "the recording did not end as planned: %s; '%s' is complete",
			failure->text, path);
	if (result->status)
		return error_set(err, "'%s' is complete: 'flame render %s' draws it",
				 path, path);
	return 0;
}
