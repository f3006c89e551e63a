/* The version of the program, and how it was built. */
#pragma once

#include <stdbool.h>

/* Prints the version on stdout; with 'is_verbose' also compiler, hardening and
 * libraries. */
void version_print(bool is_verbose);
