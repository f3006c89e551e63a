#include "sandbox/trial.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "sandbox/worker.h"

char *sandbox_trial(void)
{
	const struct worker_options options = {0};
	struct error err;
	scoped(worker_free) struct worker *w = worker_start(&options, &err);
	struct worker_request request;
	scoped(mem_release) char *landlock = NULL;
	struct sandbox_state state;

	if (!w)
		return mem_format("none, %s", err.text);
	if (worker_is_inside(w))
		worker_end(w, 0);
	while (worker_next(w, &request))
		worker_answer(w, NULL, -1);
	state = *worker_sandbox(w);
	landlock = state.landlock ? mem_format("Landlock %d", state.landlock)
				  : mem_format("no Landlock");
	return mem_format("%s, %s, %s, %s",
			  state.has_no_capabilities ? "no capabilities"
						    : "capabilities stay",
			  state.is_nobody ? "user nobody" : "user stays",
			  state.has_filter ? "seccomp" : "no seccomp", landlock);
}
