/* Names of code that a program made while it ran, from its jitdump: which function was put
 * where, when. The format is written down in tools/perf/Documentation/
 * jitdump-specification.txt of the kernel's source; version 1, of either byte order. */
#pragma once

#include "base/error.h"
#include "model/jit_code_table.h"

#include <stdbool.h>

/* Adds the functions that were loaded or moved to 't', which is not finished by it. A function
 * ends where it is moved away from. Times are those of the file, ns of CLOCK_MONOTONIC by
 * convention; unless 'has_times', or where the file says that they are of another clock, all
 * is there since time 0, in the order of the file. Line numbers and unwinding tables are
 * passed over. Whatever stands behind a damaged record, or one that is not complete, behind
 * the first 4 GiB, 2^20 functions or 64 MiB of names, is left out. -1 where it is no jitdump. */
int source_jitdump_load(struct jit_code_table *t, int fd, bool has_times,
			struct error *err);

/* Whether a path is one under which a jitdump must be mapped, so that profilers learn of it:
 * ".../jit-PID.dump". */
bool source_jitdump_knows(const char *path);
