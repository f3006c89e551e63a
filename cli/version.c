#include "cli/version.h"

#include <stdio.h>

#ifdef __clang__
#define COMPILER __VERSION__
#else
#define COMPILER "gcc " __VERSION__
#endif

/* FLAME_LIBRARIES and FLAME_HARDENING come from cli/CMakeLists.txt. */
void version_print(bool is_verbose)
{
	puts("flame " FLAME_VERSION);
	if (!is_verbose)
		return;
	puts("compiler: " COMPILER);
	puts("hardening: " FLAME_HARDENING);
	puts("libraries at build time: " FLAME_LIBRARIES);
}
