/* Names of code that programs generated while they ran (JIT code). They come from the
 * recording, if it has any for the program; else from the files that the program
 * itself, or a program that it was forked from, wrote: jit_names.c has the table of
 * these sources, in their order of trust. A name that was not found while the
 * recording was taken is not searched again. */
#pragma once

#include "base/thread/file_marks.h"
#include "model/budget.h"
#include "model/dso.h"
#include "model/frame.h"
#include "model/process.h"
#include "symbolize/jit_keeper.h"

#include <stdbool.h>
#include <stdint.h>

struct jit_names;

/* All pointers must outlive the result, and all events must have been applied to
 * 'processes'. Set 'has_times' only if the clock of the recording is CLOCK_MONOTONIC,
 * which jitdumps use. Without times the last of several functions at one address
 * counts. */
struct jit_names *jit_names_new(struct jit_keeper *keeper,
				const struct process_table *processes,
				struct dso_table *dsos, struct frame_table *frames,
				bool has_times);
void jit_names_free(struct jit_names **j);

/* From now on the functions of files count against the budget, which must outlive 'j'.
 * Each file is marked while it is read, and its names while they are made readable; a
 * forbidden file is not read, and its code is "[unreadable perf-123.map]". Both may be
 * NULL. */
void jit_names_limit(struct jit_names *j, struct budget *memory,
		     struct file_marks *marks);

/* The number of files that were not read, or dropped: they need too much memory. */
size_t jit_names_skipped(const struct jit_names *j);

/* The number of files that got shorter while they were read: they give no names. */
size_t jit_names_truncated(const struct jit_names *j);

/* Stores in each space the times at which code in it was overwritten. So a callchain
 * from before such a time never equals one from after it. To be called before
 * callchains are counted. */
void jit_names_mark_changes(struct jit_names *j, struct space_table *spaces);

/* Sets '*frame' to the function at 'addr' at 'time'. A return address ('is_return') is
 * looked up one byte before. 'm' is the mapping of 'addr', NULL: none. Returns false
 * if no function is found, or if 'm' cannot hold JIT code. Then the symbolizer must be
 * asked, because a file in memory (memfd) may also be a program. */
bool jit_names_look_up(struct jit_names *j, space_id space, const struct mapping *m,
		       uint64_t addr, bool is_return, uint64_t time, frame_id *frame);

/* Returns true if 'm' may hold JIT code. */
bool jit_names_may_be_in(const struct jit_names *j, const struct mapping *m);

/* A perf map, and the process that runs the code in it. */
struct jit_map {
	uint32_t pid;
	uint32_t inner; /* the number in the name of the map, /tmp/perf-NUMBER.map */
};

/* Returns true, and sets '*map', if a perf map is the only source for the JIT code of
 * a space: the map of its program, or of a program that it was forked from. Returns
 * false if there is a jitdump, if the recording has the names, and if there is no map. */
bool jit_names_only_map(struct jit_names *j, space_id space, struct jit_map *map);

/* Adds the functions that were looked up to the dsos, for the recording to save them.
 * To be called once, after the last look-up. */
void jit_names_store(struct jit_names *j);
