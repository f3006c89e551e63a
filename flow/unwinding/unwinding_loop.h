/* The work of the process without privileges that unwinds stacks: it takes samples and
 * the side band from the recorder, and gives callchains. */
#pragma once

#include "base/thread/file_marks.h"
#include "elf/dso_keeper.h"
#include "flow/live/live_processes.h"
#include "flow/unwinding/sample_memory.h"
#include "record/data/event_table.h"

#include <stdatomic.h>
#include <stdint.h>

/* The present work of the process, for its parent: memory of both. */
struct unwinding_state {
	/* the file of the table that is used (dso_mark.h), and the number of the sample
	 * that is being unwound; 0: none */
	_Atomic(uint64_t) used_key, sample;
	/* steps so far: a number that stays the same belongs to a process that hangs */
	_Atomic(uint64_t) n_tables, n_chains;
	_Atomic(uint64_t) sample_time; /* CPU time, but for that of tables, ns */
};

struct unwinding_loop {
	const char *machine;
	const struct event_table *events;
	struct live_processes *processes; /* their state when the process was forked */
	struct sample_memory *memory;
	struct file_marks *marks;
	struct unwinding_state *state;
	bool is_served; /* the recorder opens all files for this process */
	int stream;	/* for unwind_messages.h */
	int files;	/* for held_files.h */
	int let_go;	/* for struct unwinding_let_go */
};

/* A message: the keeper lets a file go. A descriptor that comes with it is the copy. */
struct unwinding_let_go {
	struct fd_cache_ref file;
};

/* Returns the exit status when the recorder has ended. */
int unwinding_loop_run(struct unwinding_loop *l);
