#include "cli/version.h"

#include "base/scoped.h"
#include "sandbox/worker.h"

#include <stdio.h>

#ifdef __clang__
#define COMPILER __VERSION__
#else
#define COMPILER "gcc " __VERSION__
#endif

/* Starts a worker to see. Kernels and containers differ. */
static void sandbox_print(void)
{
	const struct worker_options options = {0};
	struct error err;
	scoped(worker_free) struct worker *w = worker_start(&options, &err);
	struct worker_request request;
	struct sandbox_state state;

	if (!w) {
		printf("sandbox: none, %s\n", err.text);
		return;
	}
	if (worker_is_inside(w))
		worker_end(w, 0);
	while (worker_next(w, &request))
		worker_answer(w, NULL, -1);
	state = *worker_sandbox(w);
	printf("sandbox: %s, %s, %s, %s",
	       state.has_no_capabilities ? "no capabilities" : "capabilities stay",
	       state.is_nobody ? "user nobody" : "user stays",
	       state.has_filter ? "seccomp" : "no seccomp",
	       state.landlock ? "Landlock" : "no Landlock");
	if (state.landlock)
		printf(" %d", state.landlock);
	putchar('\n');
}

/* FLAME_LIBRARIES and FLAME_HARDENING come from cli/CMakeLists.txt. */
void version_print(bool is_verbose)
{
	puts("flame " FLAME_VERSION);
	if (!is_verbose)
		return;
	puts("compiler: " COMPILER);
	puts("hardening: " FLAME_HARDENING);
	puts("libraries at build time: " FLAME_LIBRARIES);
	sandbox_print();
}
