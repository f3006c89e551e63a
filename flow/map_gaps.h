/* Notes on perf maps that lack names: the code of a program is newer than the map that the program
 * wrote, or the map leaves it out. There are no notes on jitdumps: they grow with the code. */
#pragma once

#include "flow/input_data.h"
#include "model/callchain.h"
#include "model/process.h"
#include "symbolize/jit_names.h"
#include "symbolize/symbolizer.h"

/* The samples of a recording, and the sources of their names. */
struct map_gaps {
	const struct callchain_table *chains;
	struct process_table *processes; /* complete */
	struct jit_names *jit;
	struct symbolizer *symbolizer;
};

/* Adds a line to run->notes for each program with a perf map if at least a twentieth of the program's
 * samples, and at least 10, are in code without a name. A sample is in code without a name if that
 * holds for its innermost frame in memory that no file backs: libraries and the kernel, further in,
 * work for this frame. At most 10 lines, in the order in which the address spaces began. Only for a
 * recording that has just been made, since maps cannot be read later; adds nothing for others. Must
 * be called before symbolizer_store(). */
void map_gaps_note(const struct map_gaps *g, struct input_data *run);
