#include "sandbox/contained.h"

#include "base/mem.h"
#include "base/scoped.h"

#include <assert.h>

enum {
	DEATHS_MAX = 16, /* of files; then the rest of the work would take too long */
};

enum request_kind { REQUEST_CREATE, REQUEST_PUBLISH, REQUEST_SERVE };

struct contained {
	const struct contained_work *work;
	struct contained_result *result;
	struct file_marks *marks;
	struct slow_files *slow;
	struct worker *worker;
	struct out **outs; /* created, by number */
	int deaths;
	bool is_single; /* see worker_options */
	/* An output was begun: another worker would write it twice. */
	bool has_output;
};

static void contained_release(struct contained *c)
{
	for (size_t i = 0; i < c->work->n_outputs; i++)
		out_free(&c->outs[i]);
	mem_free(c->outs);
	worker_free(&c->worker);
	file_marks_free(&c->marks);
	slow_files_free(&c->slow);
}

void contained_result_release(struct contained_result *result)
{
	char **note;

	vec_each(note, &result->notes)
		mem_free(*note);
	vec_release(&result->notes);
}

struct file_marks *contained_marks(const struct contained *c)
{
	return c->marks;
}

struct slow_files *contained_slow_files(const struct contained *c)
{
	return c->slow;
}

bool contained_is_served(const struct contained *c)
{
	return worker_is_served(c->worker);
}

static int ask(struct contained *c, const struct worker_request *request, int *fd,
	       struct error *err)
{
	return worker_ask(c->worker, request, fd, err);
}

struct out *contained_create(struct contained *c, uint32_t number,
			     const struct readers *readers, struct error *err)
{
	const struct worker_request request = {
		REQUEST_CREATE, number, {readers->group, readers->of_group, readers->of_all}};
	int fd;

	assert(number < c->work->n_outputs);
	if (ask(c, &request, &fd, err) < 0)
		return NULL;
	return out_of_descriptor(fd, c->work->outputs[number]->path);
}

int contained_publish(struct contained *c, uint32_t number, struct out *out,
		      struct error *err)
{
	const struct worker_request request = {REQUEST_PUBLISH, number, {0}};

	return out_flush(out, err) < 0 ? -1 : ask(c, &request, NULL, err);
}

int contained_request(struct contained *c, uint32_t request, struct error *err)
{
	const struct worker_request asked = {REQUEST_SERVE, request, {0}};

	return ask(c, &asked, NULL, err);
}

static int output_create(struct contained *c, const struct worker_request *r,
			 struct error *err)
{
	const struct readers readers = {r->args[0], r->args[1] & 7, r->args[2] & 7};

	if (c->outs[r->number] || !c->work->outputs[r->number]->path)
		return error_set(err, "no such output");
	c->has_output = true;
	c->outs[r->number] =
		out_open_at(c->work->outputs[r->number], &readers, err);
	return c->outs[r->number] ? out_descriptor(c->outs[r->number]) : -1;
}

static int output_publish(struct contained *c, const struct worker_request *r,
			  struct error *err)
{
	struct out **out = &c->outs[r->number];
	int result;

	if (!*out)
		return error_set(err, "the output does not exist");
	result = c->work->syncs && out_sync(*out, err) < 0 ? -1 : out_commit(*out, err);
	out_free(out);
	return result;
}

static void request_serve(struct contained *c, const struct worker_request *r)
{
	const struct contained_work *work = c->work;
	bool is_output = r->number < work->n_outputs;
	int result = -1, fd = -1;
	struct error err;

	error_set(&err, "no such request");
	if (r->kind == REQUEST_CREATE && is_output)
		result = fd = output_create(c, r, &err);
	else if (r->kind == REQUEST_PUBLISH && is_output)
		result = output_publish(c, r, &err);
	else if (r->kind == REQUEST_SERVE && work->serve)
		result = work->serve(work->data, r->number, &err);
	worker_answer(c->worker, result < 0 ? &err : NULL, fd);
}

/* Runs one worker to its end. Returns false if it could not start. */
static bool worker_run(struct contained *c)
{
	const struct contained_work *work = c->work;
	const struct worker_options options = {
		.sandbox = work->sandbox,
		.files = work->files,
		.marks = c->marks,
		.file_ns = work->file_ns,
		.hurry = work->hurry,
		.is_single = c->is_single,
	};
	struct worker_request request;

	file_marks_clear(c->marks);
	worker_free(&c->worker);
	c->worker = worker_start(&options, &c->result->err);
	if (!c->worker)
		return false;
	if (worker_is_inside(c->worker)) {
		slow_files_retire(c->slow, worker_is_served(c->worker));
		worker_end(c->worker, work->run(c, work->data));
	}
	while (worker_next(c->worker, &request))
		request_serve(c, &request);
	return true;
}

/* Finds the file that the dead worker read. Returns the number of files that it may be, 0
 * if the worker read none. */
static size_t culprits_count(const struct contained *c, struct file_mark *culprit)
{
	const struct worker_result *r = worker_result(c->worker);
	struct file_mark marks[FILE_MARKS_MAX];
	size_t n = file_marks_copy(c->marks, marks), others = 0;

	*culprit = r->slow.key ? r->slow : marks[0];
	if (r->slow.key)
		return 1;
	/* One thread begins with a file while it reads another one; the last one
	 * counts. */
	for (size_t i = 1; i < n && !c->is_single; i++)
		others += marks[i].key != culprit->key;
	return n ? 1 + others : 0;
}

/* Prepares another worker that does without the file that killed this one. */
static bool may_begin_anew(struct contained *c)
{
	const struct worker_result *r = worker_result(c->worker);
	struct error *err = &c->result->err;
	struct file_mark culprit;
	size_t n = culprits_count(c, &culprit);

	if (r->was_hurried) {
		error_set(err, "a second signal ended the search for names");
		return false;
	}
	if (n == 1)
		error_set(err, "reading '%s' failed: the process %s", culprit.path, r->cause);
	else
		error_set(err, "the process that reads files %s", r->cause);
	if (!n || !worker_result_is_fault(r) || c->has_output || c->deaths++ >= DEATHS_MAX)
		return false;
	c->is_single = n > 1;
	if (n > 1)
		return true;
	if (!file_marks_forbid(c->marks, culprit.key))
		return false;
	vec_push(&c->result->notes, mem_format("%s; its names are missing", err->text));
	return true;
}

void contained_run(const struct contained_work *work, struct contained_result *result)
{
	scoped(contained_release) struct contained c = {.work = work, .result = result};
	const struct worker_result *ended;

	c.marks = file_marks_new();
	c.slow = slow_files_new();
	c.outs = mem_new(work->n_outputs, sizeof(struct out *));
	do {
		if (!worker_run(&c))
			return;
		ended = worker_result(c.worker);
		result->has_finished = ended->has_finished;
		result->status = ended->status;
		result->signal = ended->signal;
	} while (!result->has_finished && may_begin_anew(&c));
}
