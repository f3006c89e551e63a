/* A process with JIT code: its identity, and the map of its code, which it writes in
 * its own /tmp. The process may end at any moment. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct slow_files;

struct jit_process {
	uint32_t pid;	 /* in our pid namespace */
	uint32_t parent; /* likewise */
	uint32_t inner;	 /* its pid in its own pid namespace */
	uint32_t uid;	 /* effective */
	uint64_t start;	 /* ns since boot */
	/* Start of its code, and of its stack when the program started. A fork has the
	 * addresses of its parent; after an exec both are random again. 0: unknown. */
	uint64_t code, stack;
};

/* Reads a process from /proc. Returns false if it is gone. */
bool jit_process_read(struct jit_process *p, uint32_t pid);

/* Returns true if 'child' was forked from 'parent' and has not called exec since. */
bool jit_process_is_fork(const struct jit_process *child,
			 const struct jit_process *parent);

/* Returns true if the process existed at 'time', in ns of CLOCK_MONOTONIC, with a
 * tolerance of one second. If not, its pid belonged to another process. */
bool jit_process_was_there(const struct jit_process *p, uint64_t time);

/* Opens the process's /tmp/perf-PID.map: a regular file and no symbolic link, in the
 * directory that /tmp is in the root of the process, which belongs to the process's
 * user, or to root and everybody may read it. Returns a descriptor for reading, which
 * the caller closes, or -1. For 'slow' see elf/path_open.h. */
int jit_process_open_map(const struct jit_process *p, struct slow_files *slow);

/* Returns true if the file 'fd' was written after the process started, with a tolerance
 * of a tenth of a second, and not after its end, in ns of CLOCK_MONOTONIC (0: unknown).
 * An older map belongs to an earlier process with the same pid, and a newer one to a
 * later process: a container that starts again has the pids and files of its last
 * life. */
bool jit_process_wrote(const struct jit_process *p, int fd, uint64_t end);

/* Returns true if a mapping with this path may hold JIT code: "//anon", "[heap]",
 * "/dev/zero (deleted)", "/memfd:..." and the like. */
bool jit_process_may_have(const char *path);

/* Returns true if there is no process with this pid, not even one that has ended. */
bool jit_process_is_gone(uint32_t pid);

/* Returns true if both descriptors are of one file; false for -1. */
bool jit_process_is_same_file(int a, int b);
