/* Names of code that a program made while it ran, from the text that it writes for profilers:
 * /tmp/perf-PID.map, a line "START SIZE name" for each function, the numbers hexadecimal with
 * or without 0x, the name up to the end of the line (tools/perf/Documentation/
 * jit-interface.txt). There are no times in it: of functions at one address the last line
 * counts. */
#pragma once

#include "base/error.h"
#include "model/jit_code_table.h"

/* Adds what the file behind 'fd' says to 't', which is not finished by it; all of it is there
 * since time 0. Lines that are no such lines, longer than 64 KiB, or without an end yet, are
 * passed over. A map grows as long as its program runs: no more than its last 32 MiB are
 * read, and of anything above 4 GiB, or of more than 2^20 functions in there, nothing.
 * Reading needs 64 KiB. */
int source_perf_map_load(struct jit_code_table *t, int fd, struct error *err);
