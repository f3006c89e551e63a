/* Names for addresses in code that programs made while they ran: those that the recording
 * carries, else from the program's jitdump, then from its map, then from those of the programs
 * that it was forked from. What was looked for in vain when the recording was taken is not
 * looked for again. */
#pragma once

#include "model/dso.h"
#include "model/frame.h"
#include "model/process.h"
#include "symbolize/jit_keeper.h"

#include <stdbool.h>
#include <stdint.h>

struct jit_names;

/* All but itself is the caller's and must outlive it; the processes are complete. Where the
 * recording's clock is not CLOCK_MONOTONIC ('has_times' is false), of several functions at one
 * address the last one counts. */
struct jit_names *jit_names_new(struct jit_keeper *keeper,
				const struct process_table *processes,
				struct dso_table *dsos, struct frame_table *frames,
				bool has_times);
void jit_names_free(struct jit_names **j);

/* Tells the spaces when code in them was written over, so that a callchain of before is not
 * taken for one of after. To be called before chains are counted. */
void jit_names_mark_changes(struct jit_names *j, struct space_table *spaces);

/* The frame of 'addr', which lies in 'm' (NULL: in no mapping), a return address looked up one
 * byte back. False where 'm' is no place for such code, or nothing is known of it; then the
 * symbolizer is to be asked, because a file in memory (memfd) may be a program as well. */
bool jit_names_look_up(struct jit_names *j, space_id space, const struct mapping *m,
		       uint64_t addr, bool is_return, uint64_t time, frame_id *frame);

/* Whether code that was made at run time may lie in 'm'. */
bool jit_names_may_be_in(const struct jit_names *j, const struct mapping *m);

/* A perf map, and the process whose code it names. */
struct jit_map {
	uint32_t pid;
	uint32_t inner; /* the number in the name of the map, /tmp/perf-NUMBER.map */
};

/* Whether a perf map is the only source of names for the code made in a space: its program's own,
 * or that of a program that it was forked from. False where there is a jitdump, where the
 * recording carries the names, and where there is no map. */
bool jit_names_only_map(struct jit_names *j, space_id space, struct jit_map *map);

/* Hands the functions that were found to the dsos, so that a recording can carry them away. To
 * be called once, after the last look-up. */
void jit_names_store(struct jit_names *j);
