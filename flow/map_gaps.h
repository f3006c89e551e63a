/* Notes about perf maps (/tmp/perf-PID.map) that lack names. A program writes its map
 * once or now and then, so code that is compiled later is not in it. A jitdump grows with
 * the code and needs no note. */
#pragma once

#include "flow/input_data.h"
#include "model/callchain.h"
#include "model/process.h"
#include "symbolize/jit_names.h"
#include "symbolize/symbolizer.h"

/* The samples of a recording, and the sources of their names. All of it is the
 * caller's. */
struct map_gaps {
	const struct callchain_table *chains;
	struct process_table *processes; /* of the whole recording */
	struct jit_names *jit;
	struct symbolizer *symbolizer; /* before symbolizer_store() */
};

/* Adds a note to data->notes for each program with a perf map that lacks names: at least
 * 10 of the program's samples, and at least a twentieth of them, are in code without a
 * name. A sample is in such code if the innermost of its frames that is in memory without
 * a file has no name; frames further in, of libraries and of the kernel, work for that
 * frame. Adds at most 10 notes, in the order in which the address spaces began. Maps can
 * only be read while a recording is taken, so a recording that is loaded later gets no
 * note. */
void map_gaps_note(const struct map_gaps *g, struct input_data *data);
