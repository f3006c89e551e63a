/* A process that makes code while it runs: who it is, and the map of its code that it writes
 * where it sees /tmp. It may end at any moment. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct jit_process {
	uint32_t pid;	 /* as we see it */
	uint32_t parent; /* likewise */
	uint32_t inner;	 /* its pid in its own pid namespace */
	uint32_t uid;	 /* effective */
	uint64_t start;	 /* ns since boot */
	/* Where its code begins and its stack began: a fork has its parent's, after an exec they
	 * are drawn anew. 0: not known. */
	uint64_t code, stack;
};

/* What /proc says of a process; false for one that is gone. */
bool jit_process_read(struct jit_process *p, uint32_t pid);

/* Whether 'child' runs what it inherited by a fork from 'parent'. */
bool jit_process_is_fork(const struct jit_process *child,
			 const struct jit_process *parent);

/* Whether the process was there at 'time', ns of CLOCK_MONOTONIC, give or take a second: pids
 * come again. */
bool jit_process_was_there(const struct jit_process *p, uint64_t time);

/* Opens /tmp/perf-PID.map as the process sees it: a regular file of its own or of root,
 * reached without any symbolic link. A descriptor for reading, the caller's to close, or -1. */
int jit_process_open_map(const struct jit_process *p);

/* Whether what is open as 'fd' was written since the process began, give or take a second: an
 * older map is that of another one with the same pid. */
bool jit_process_wrote(const struct jit_process *p, int fd);
