/* Names of JIT code from a jitdump, the file in which a program records each function
 * that it generates, with address and time. The format is version 1 of
 * tools/perf/Documentation/ jitdump-specification.txt in the kernel's source, of
 * either byte order. */
#pragma once

#include "base/error.h"
#include "model/jit_code_table.h"

#include <stdbool.h>

/* Adds the functions that were loaded or moved to 't', and does not finish 't'. A
 * function that is moved ends at its old address. Times are those of the file, by
 * convention ns of CLOCK_MONOTONIC. Without 'has_times', or if the file has times of
 * another clock, all functions exist from time 0, in the order of the file. Line
 * numbers and unwind tables are skipped. Reading ends at the first damaged or
 * incomplete record, after 4 GiB, after 2^20 functions, and after 64 MiB of names.
 * Returns -1 if the file is no jitdump. */
int source_jitdump_load(struct jit_code_table *t, int fd, bool has_times,
			struct error *err);

/* Returns true for a path of a jitdump, ".../jit-PID.dump". A program maps its jitdump
 * under such a path to announce it to profilers. */
bool source_jitdump_knows(const char *path);
