/* The target of a recording: the whole machine, some processes, or a command that is
 * started. */
#pragma once

#include "base/error.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* For a command that ignores SIGTERM. */
enum { TARGET_GRACE_MS = 2000 };

struct target {
	bool whole_machine;
	/* Processes, with -p; or threads, with -t. One of the lists is empty. */
	VEC(uint32_t) pids, tids;
	/* those of both that were gone when target_prepare() looked */
	VEC(uint32_t) gone;
	/* The processes have too many threads for events of their own: the events are
	 * those of CPUs, and samples of other processes are left out. Set by the
	 * sampler. */
	bool filters_cpus;
	/* argv, NULL-terminated, or NULL; with whole_machine it only determines how long
	 * to record. */
	char *const *command;
	pid_t child;   /* the process of the prepared command, else 0 */
	int start_fd;  /* a byte into it starts the command, closing it ends the child */
	int failed_fd; /* the child writes errno here if the command cannot start */
	int exit_status; /* of the ended command, as in a shell */
	size_t n_killed; /* processes of the command that target_stop() had to kill */
};

/* Whether events are opened on CPUs, instead of on threads of the target. */
static inline bool target_by_cpu(const struct target *t)
{
	return t->whole_machine || t->filters_cpus;
}

/* Forks the command, which waits until target_start(), or drops duplicates and moves
 * processes and threads that do not exist to 'gone'. Returns -1 if none is left. */
int target_prepare(struct target *t, struct error *err);

enum { TARGET_TEXT_MAX = 200 };

/* Writes a line for the user about those that are gone. Returns false if all are
 * there. */
bool target_gone_text(const struct target *t, char text[TARGET_TEXT_MAX]);

/* Starts the command. Returns -1 if it cannot be executed; exit_status is then 127 (not
 * found) or 126. */
int target_start(struct target *t, struct error *err);

/* Whether the target can still be recorded: the command runs, or one of the processes
 * or threads lives. Reaps the command and keeps its status. Always true for a whole
 * machine without a command. */
bool target_alive(struct target *t);

/* Ends a command that still runs, and the processes that it started: with SIGTERM, and
 * with SIGKILL those that are left 2 s later. Keeps its status. A process that even
 * SIGKILL does not end, because a device hangs, is left alone after 2 s more. */
void target_stop(struct target *t);

/* Ends a command that was never started; leaves one that runs alone. */
void target_release(struct target *t);
