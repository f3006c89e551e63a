#include "cli/work.h"

#include "base/scoped.h"
#include "cli/message.h"
#include "flow/input.h"
#include "flow/output/output_path.h"

#include <signal.h>

static bool is_from_user(int sig)
{
	return sig == SIGINT || sig == SIGTERM || sig == SIGHUP || sig == SIGQUIT ||
	       sig == SIGPIPE;
}

void work_print_deaths(const struct contained_result *result)
{
	char *const *note;

	vec_each(note, &result->notes)
		say("%s", *note);
	/* The shell gets the status that it expects after Ctrl-C, or before "| head". */
	if (is_from_user(result->signal)) {
		signal(result->signal, SIG_DFL);
		raise(result->signal);
	}
}

int work_run(const struct contained_work *work)
{
	scoped(contained_result_release) struct contained_result result = {0};

	for (size_t i = 0; i < work->files.n_inputs; i++)
		if (input_check(work->files.inputs[i], &result.err) < 0)
			return fail(&result.err);
	contained_run(work, &result);
	work_print_deaths(&result);
	if (result.has_finished)
		return result.status;
	return fail(&result.err);
}

int work_run_file(int (*run)(struct contained *c, void *data), void *data,
		  const char *input, const char *output, unsigned flags)
{
	scoped(destination_release) struct destination to = {0};
	struct destination *const outputs[] = {&to};
	const struct contained_work work = {.run = run,
					    .data = data,
					    .files = {.inputs = &input, .n_inputs = 1},
					    .outputs = outputs,
					    .n_outputs = 1};
	struct error err;

	if (output_open(&to, output, flags, &err) < 0 ||
	    output_check_input(&to, input, &err) < 0)
		return fail(&err);
	return work_run(&work);
}
