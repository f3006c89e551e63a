/* Names of JIT code from a perf map, /tmp/perf-PID.map, the text that a program writes
 * for profilers. It has a line "START SIZE name" for each function. The numbers are
 * hexadecimal, with or without 0x; the name ends with the line
 * (tools/perf/Documentation/jit-interface.txt). There are no times: of several
 * functions at one address the last line counts. */
#pragma once

#include "base/error.h"
#include "model/jit_code_table.h"

/* Adds the functions of the file 'fd' to 't', from time 0 on, and does not finish 't'.
 * Broken lines, lines longer than 64 KiB, and an incomplete last line are skipped.
 * Maps may be huge, because they grow as long as the program runs: only the last 32
 * MiB are read. Returns -1 if 'fd' is no regular file, is larger than 4 GiB, or has
 * more than 2^20 functions in these 32 MiB. Reading needs 64 KiB. 'has_times' has no
 * effect: it is for other sources. */
int source_perf_map_load(struct jit_code_table *t, int fd, bool has_times,
			 struct error *err);
