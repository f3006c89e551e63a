#include "cli/version.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "sandbox/trial.h"

#include <stdio.h>

#ifdef __clang__
#define COMPILER __VERSION__
#else
#define COMPILER "gcc " __VERSION__
#endif

/* FLAME_LIBRARIES and FLAME_HARDENING come from cli/CMakeLists.txt. */
void version_print(bool is_verbose)
{
	scoped(mem_release) char *sandbox = NULL;

	puts("flame " FLAME_VERSION);
	if (!is_verbose)
		return;
	puts("compiler: " COMPILER);
	puts("hardening: " FLAME_HARDENING);
	puts("libraries at build time: " FLAME_LIBRARIES);
	sandbox = sandbox_trial();
	printf("sandbox: %s\n", sandbox);
}
